package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

func TestStart(t *testing.T) {
	set := corpus(t, 1, letters)
	dir := filepath.Join(t.TempDir(), "run")
	unfit := small(nil)
	unfit.Model.Context = 1 << 15
	if _, err := Start(dir, unfit, set); err == nil {
		t.Error("a context that the data cannot fill is accepted")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused configuration leaves a directory")
	}
	c := small(func(c *config.Config) { c.Model.Mixer, c.Train.Threads = "haar:min=1", 1 })
	r, err := Start(dir, c, set)
	if err != nil {
		t.Fatal(err)
	}
	if r.Config.Data.Hash != set.Header.Hash {
		t.Errorf("the run has data hash %q, want that of the set", r.Config.Data.Hash)
	}
	if err := r.Unlock(); err != nil {
		t.Fatal(err)
	}
	// The same operator, and settings that change no result.
	c.Model.Mixer, c.Train.Threads, c.Train.SaveEvery, c.Train.Keep, c.Train.OnFullDisk = "haar", 2, 9, 7, "continue"
	if r, err = Start(dir, c, set); err != nil {
		t.Fatal(err)
	}
	c.Data, c.Model = r.Config.Data, c.Model.Resolved() // as config.toml has it
	if r.Config != c {
		t.Errorf("resumed with %+v, want %+v", r.Config, c)
	}
	c.Train.LR /= 2
	if _, err := Start(dir, c, set); err == nil || !strings.Contains(err.Error(), "another configuration") || !strings.Contains(err.Error(), dir) {
		t.Errorf("another learning rate: error %v", err)
	}
}
