package train

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

// slowVariable asks for the tests that take minutes, of which there is a part in
// every run.
const slowVariable = "WAVELETGPT_SLOW"

// stride is 1 where every byte is to be tried.
func stride() int {
	if os.Getenv(slowVariable) != "" {
		return 1
	}
	return 23
}

// least is the configuration of the smallest checkpoint.
func least(c *config.Config) {
	c.Model.Layers, c.Model.Width, c.Model.Heads, c.Model.Hidden, c.Model.Context = 1, 2, 1, 2, 4
	c.Train.Steps, c.Train.SaveEvery, c.Train.Batch, c.Train.Accumulate, c.Train.Threads = 3, 2, 1, 1, 1
	c.Eval.Windows = 1
}

// spoiling is a run with checkpoints of steps 2 and 3, of which the second is
// spoiled again and again.
type spoiling struct {
	set         *dataset.Set
	dir, newest string // of the run and of its second checkpoint
}

func newSpoiling(t *testing.T) spoiling {
	s := spoiling{set: corpus(t, 1, "ab"), dir: t.TempDir()}
	finish(t, begin(t, s.dir, small(least), s.set))
	s.newest = filepath.Join(s.dir, run.CheckpointsDir, "step-00000003")
	size := 0
	for _, content := range s.files(t) {
		size += len(content)
	}
	if size < 1000 || size > 50_000 {
		t.Fatalf("a checkpoint of %d bytes", size)
	}
	return s
}

func (s spoiling) files(t *testing.T) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(s.newest)
	if err != nil || len(entries) != 5 {
		t.Fatalf("%v, %v", entries, err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(s.newest, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// wantFallback opens the run as --resume does and demands that the spoiled
// checkpoint was found out, named, set aside, and that the first one serves. Then
// it puts everything back.
func (s spoiling) wantFallback(t *testing.T, name string, good, bad []byte, what string) {
	t.Helper()
	path := filepath.Join(s.newest, name)
	if err := os.WriteFile(path, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := run.Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	l, warnings, err := Open(r, s.set)
	if err != nil {
		t.Fatalf("%s, %s: %v", name, what, err)
	}
	closeLoop(t, l)
	if l.Step() != 2 || len(warnings) != 1 || !strings.Contains(warnings[0].Error(), s.newest) {
		t.Errorf("%s, %s: goes on after step %d with %v, %v", name, what, l.Step(), warnings, err)
	}
	if _, err := os.Stat(s.newest); err == nil {
		return // it was taken for good
	}
	if err := os.Rename(s.newest+".broken", s.newest); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every byte of every file of a checkpoint, changed in turn, through the loader
// of --resume ([slowVariable]; else every 23rd).
func TestResumeFindsEveryChangedByte(t *testing.T) {
	s := newSpoiling(t)
	for name, good := range s.files(t) {
		for i := range good {
			if i%stride() > 0 {
				continue
			}
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			s.wantFallback(t, name, good, bad, fmt.Sprintf("byte %d changed", i))
		}
	}
}

// Every length of every file that is not its own, likewise.
func TestResumeFindsEveryTruncation(t *testing.T) {
	s := newSpoiling(t)
	for name, good := range s.files(t) {
		for n := range good {
			if n%stride() > 0 {
				continue
			}
			s.wantFallback(t, name, good, good[:n], fmt.Sprintf("truncated to %d bytes", n))
		}
		s.wantFallback(t, name, good, append(bytes.Clone(good), 0), "a byte longer")
	}
}
