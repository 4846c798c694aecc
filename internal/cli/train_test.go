package cli

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

func TestTrain(t *testing.T) {
	path := book(t)
	t.Chdir(t.TempDir())
	out := succeed(t, append([]string{"train", "--data", path}, quick("--set", "model.mixer=haar:fraction=0.5:min=2")...)...)
	dir := filepath.Join("runs", "book-tiny-haar_min=2-seed1") // the canonical spec
	if out.stdout != "" {
		t.Errorf("on standard output: %q", out.stdout)
	}
	for _, want := range []string{"prepared " + path, "chars", dir + ": haar:min=2", "8 steps of 32 tokens", "step 8  validation", "bits per character", "step 8  test", "generate " + dir} {
		if !strings.Contains(out.stderr, want) {
			t.Errorf("no %q in\n%s", want, out.stderr)
		}
	}
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Config.Model.Mixer != "haar:min=2" || r.Config.Train.Steps != 8 || r.Config.Data.Path != path {
		t.Errorf("configuration %+v", r.Config)
	}
	if _, err := run.OpenModel(dir); err != nil {
		t.Error(err)
	}
}

// A file of settings overrides the preset, and flags override the file.
func TestTrainLayers(t *testing.T) {
	dir, file := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, []byte("[train]\nsteps = 3\nwarmup = 2\n\n[model]\nmixer = \"shift\"\ncontext = 16\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "train", "--data", book(t), "--out", dir, "--preset", "tiny", "--config", file, "--set", "train.warmup=1", "--set", "eval.windows=2")
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Config; c.Train.Steps != 3 || c.Train.Warmup != 1 || c.Model.Mixer != "shift" || c.Model.Width != 32 {
		t.Errorf("configuration %+v", c)
	}
}

func TestTrainJSON(t *testing.T) {
	out := succeed(t, slices.Concat([]string{"train", "--json", "--data", book(t), "--out", filepath.Join(t.TempDir(), "run")}, quick())...)
	var got struct {
		Step           int
		Tokens         int64
		ValidationLoss float64 `json:"validation_loss"`
		TestLoss       float64 `json:"test_loss"`
	}
	keys := decode(t, out.stdout, &got)
	if want := []string{"run", "step", "test_loss", "tokens", "validation_loss"}; !slices.Equal(keys, want) {
		t.Errorf("keys %v", keys)
	}
	if got.Step != 8 || got.Tokens != 8*32 || !(got.ValidationLoss > 0) || !(got.TestLoss > 0) {
		t.Errorf("%+v", got)
	}
}

// filesOf returns the files of a run that do not depend on interruptions.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == run.TimingFile {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		// It holds the time when the data was prepared.
		if !strings.HasPrefix(name, run.DataDir) {
			files[name] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTrainResume(t *testing.T) {
	path := book(t)
	whole, stopped := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	begin := func(dir string) []string {
		return slices.Concat([]string{"train", "--data", path, "--out", dir}, quick("--set", "train.keep=9", "--set", "model.dropout=0.1"))
	}
	succeed(t, begin(whole)...)
	out := interruptAt(t, "step 2  validation", begin(stopped)...)
	want := "interrupted; progress is saved, resume with `waveletgpt train --resume " + stopped + "`\n"
	if out.code != ExitInterrupted || !strings.HasSuffix(out.stderr, want) {
		t.Fatalf("code %d\n%s", out.code, out.stderr)
	}
	out = succeed(t, "train", "--resume", stopped)
	if !strings.Contains(out.stderr, "resuming after step 2") || strings.Contains(out.stderr, "prepared") {
		t.Errorf("resumed with\n%s", out.stderr)
	}
	got := filesOf(t, stopped)
	for name := range got { // the checkpoint of the interruption
		if strings.Contains(name, "step-00000002") {
			delete(got, name)
		}
	}
	if want := filesOf(t, whole); !maps.Equal(got, want) {
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s differs", name)
			}
		}
		t.Errorf("files %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	// Resumed again, there is nothing left to do.
	out = succeed(t, "train", "--resume", stopped, "--json")
	if !strings.Contains(out.stdout, `"step": 8`) || strings.Contains(out.stderr, "validation") {
		t.Errorf("a finished run: %s\n%s", out.stdout, out.stderr)
	}
}

// A run finds its prepared set at the configured path, or where --data names it.
func TestTrainResumeData(t *testing.T) {
	set := filepath.Join(t.TempDir(), "set")
	succeed(t, "data", "prepare", "text", "--data", book(t), "--out", set)
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	interruptAt(t, "step 2  validation", slices.Concat([]string{"train", "--data", set, "--out", dir}, quick())...)
	// Different data next to the run is ignored: the configuration names the set.
	other := filepath.Join(parent, "other.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("to be or not to be. ", 300)), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "data", "prepare", "text", "--data", other, "--out", filepath.Join(parent, run.DataDir))
	succeed(t, "eval", "--run", dir)
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(set, moved); err != nil {
		t.Fatal(err)
	}
	succeed(t, "train", "--resume", dir, "--data", moved)
}

func TestTrainDiverges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	out := invoke(t, slices.Concat([]string{"train", "--data", book(t), "--out", dir}, quick(
		// Weight decay multiplies the weights by -9 in every step.
		"--set", "train.lr=1", "--set", "train.weight_decay=10", "--set", "train.schedule=constant",
		"--set", "train.steps=100", "--set", "train.warmup=0", "--set", "train.save_every=2"))...)
	if out.code != ExitDiverged || !strings.Contains(out.stderr, "nonfinite/step-") || !strings.Contains(out.stderr, "; lower train.lr") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if _, err := run.OpenModel(dir); err != nil {
		t.Errorf("the last checkpoint: %v\n%s", err, out.stderr)
	}
}

// A damaged checkpoint is reported, and the previous one is used.
func TestDamagedCheckpoint(t *testing.T) {
	dir, _ := trained(t)
	weights := filepath.Join(dir, run.CheckpointsDir, "step-00000008", "model.safetensors")
	if err := os.Truncate(weights, 99); err != nil {
		t.Fatal(err)
	}
	out := succeed(t, "generate", "--run", dir, "--tokens", "3")
	if !strings.Contains(out.stderr, "warning: ") || !strings.Contains(out.stderr, "step-00000008") || !strings.Contains(out.stderr, "step-00000004") {
		t.Errorf("generate says %q", out.stderr)
	}
	out = succeed(t, "train", "--resume", dir)
	if !strings.Contains(out.stderr, "warning: ") || !strings.Contains(out.stderr, "step-00000008.broken") || !strings.Contains(out.stderr, "resuming after step 4") {
		t.Errorf("train says %q", out.stderr)
	}
}
