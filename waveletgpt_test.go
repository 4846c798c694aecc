package waveletgpt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

// small is a configuration that trains in a moment.
func small(t *testing.T, mixer string) config.Config {
	t.Helper()
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Layers, c.Model.Width, c.Model.Hidden, c.Model.Context, c.Model.Mixer = 1, 16, 32, 16, mixer
	c.Train.Steps, c.Train.SaveEvery, c.Train.EvalEvery = 12, 5, 6
	return c
}

func tokens(t *testing.T, dir string) *dataset.Set {
	t.Helper()
	var ids []uint16
	for i := range 2000 {
		ids = append(ids, uint16(i*i%23))
	}
	set, err := PrepareTokens(t.Context(), dir, 23, ids)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// A run and a checkpoint that are copied to another place generate the same from
// the same seed there, for every kind of operator.
func TestCopyGeneratesTheSame(t *testing.T) {
	set := tokens(t, t.TempDir())
	for _, mixer := range []string{"none", "haar:prefix=count", "window:3", "shift", "ema:matched", "learned", "conv:3"} {
		t.Run(mixer, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "here")
			m, err := Train(t.Context(), dir, small(t, mixer), set, Watch{})
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Tokens: 50, Temperature: 1, TopK: 20, TopP: 0.98, Seed: 4} // past the context
			want, err := m.Generate(t.Context(), "1 2 3", o)
			if err != nil {
				t.Fatal(err)
			}
			elsewhere := t.TempDir()
			wholeRun, folder := filepath.Join(elsewhere, "run"), filepath.Join(elsewhere, "folder")
			for to, from := range map[string]string{wholeRun: dir, folder: m.Folder()} {
				if err := os.CopyFS(to, os.DirFS(from)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			for _, copied := range []string{wholeRun, folder} {
				m, err := Open(copied)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := m.Generate(t.Context(), "1 2 3", o); err != nil || got != want {
					t.Errorf("%s: %q, %v; want %q", filepath.Base(copied), got, err, want)
				}
			}
		})
	}
}

// An interrupted run resumes and ends with the same bits.
func TestTrainResumes(t *testing.T) {
	set, c := tokens(t, t.TempDir()), small(t, "haar")
	straight, err := Train(t.Context(), filepath.Join(t.TempDir(), "a"), c, set, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "b")
	_, err = Train(ctx, dir, c, set, Watch{Report: func(r train.Report) {
		if r.Step == 7 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted it says %v", err)
	}
	var steps []int
	resumed, err := Train(t.Context(), dir, c, set, Watch{Report: func(r train.Report) {
		if r.Loss != nil {
			steps = append(steps, r.Step)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(steps, []int{8, 9, 10, 11, 12}) {
		t.Errorf("it goes on with steps %v", steps)
	}
	if !slices.Equal(resumed.run.Params, straight.run.Params) {
		t.Error("an interruption changes the weights")
	}
	if _, err := Train(t.Context(), dir, c, set, Watch{Report: func(r train.Report) { t.Errorf("step %d of a finished run", r.Step) }}); err != nil {
		t.Error(err)
	}

	damaged := resumed.Folder() + "/model.safetensors"
	if err := os.Truncate(damaged, 100); err != nil {
		t.Fatal(err)
	}
	var warnings []error
	if m, err := Train(t.Context(), dir, c, set, Watch{Warning: func(err error) { warnings = append(warnings, err) }}); err != nil || !slices.Equal(m.run.Params, straight.run.Params) {
		t.Errorf("after damage it says %v", err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "model.safetensors") {
		t.Errorf("of damage it says %v", warnings)
	}
}

// What cannot be trained leaves nothing behind that is in the way.
func TestTrainRefuses(t *testing.T) {
	set := tokens(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "run")
	for want, change := range map[string]func(c *config.Config){
		"model.mixer": func(c *config.Config) { c.Model.Mixer = "harr" },
		"train.lr":    func(c *config.Config) { c.Train.LR = -1 },
		"heads":       func(c *config.Config) { c.Model.Heads = 3 },
		"window":      func(c *config.Config) { c.Model.Context = 500 },
	} {
		c := small(t, "haar")
		change(&c)
		if _, err := Train(t.Context(), dir, c, set, Watch{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if run.Exists(dir) {
		t.Error("a refused configuration leaves a run")
	}
	c := small(t, "haar:min=1") // its canonical form is haar
	if _, err := Train(t.Context(), dir, c, set, Watch{}); err != nil {
		t.Fatal(err)
	}
	c.Model.Mixer = "shift"
	if _, err := Train(t.Context(), dir, c, set, Watch{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("of a run of another configuration it says %v", err)
	}
	if _, err := PrepareTokens(t.Context(), t.TempDir(), 9, []uint16{1, 8, 9}); err == nil || !strings.Contains(err.Error(), "token 9") {
		t.Errorf("of a token outside of the vocabulary it says %v", err)
	}
	if _, err := PrepareTokens(t.Context(), t.TempDir(), 9, nil); err == nil {
		t.Error("no tokens are prepared")
	}
}

func TestGenerate(t *testing.T) {
	m, err := Train(t.Context(), t.TempDir(), small(t, "haar"), tokens(t, t.TempDir()), Watch{})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Tokens: 30, Temperature: 1, Seed: 3}
	want, err := m.Generate(t.Context(), "", o)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if got, err := m.Generate(t.Context(), "", o); err != nil || got != want {
				t.Errorf("%q, %v; another goroutine has %q", got, err, want)
			}
		})
	}
	wait.Wait()
	if none, err := m.GenerateTokens(t.Context(), []uint16{1}, Options{}); err != nil || len(none) != 0 {
		t.Errorf("no tokens are %v, %v", none, err)
	}
	for _, test := range []struct {
		prompt string
		o      Options
		want   string
	}{
		{"1 23", o, "token 23"},
		{"one", o, "byte 0"},
		{" ", o, "no tokens"},
		{"1", Options{Tokens: -1}, "generate -1 tokens"},
		{"1", Options{Tokens: 1, Temperature: -1}, "temperature"},
		{"1", Options{Tokens: 1, TopP: 2}, "top-p"},
	} {
		if _, err := m.Generate(t.Context(), test.prompt, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q with %+v: error %v, want one with %q", test.prompt, test.o, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Generate(ctx, "1", o); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context it says %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "neither a run") {
		t.Errorf("of an empty directory it says %v", err)
	}
}
