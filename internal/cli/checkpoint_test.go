package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/run"
)

// flipByte changes one byte in the middle of a file.
func flipByte(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCheckpointVerify(t *testing.T) {
	dir, _ := trained(t)
	if out := succeed(t, "checkpoint", "verify", dir); out.stdout != "step-00000004  good\nstep-00000008  good\n" || out.stderr != "" {
		t.Errorf("it says %q, %q", out.stdout, out.stderr)
	}
	last := filepath.Join(dir, run.CheckpointsDir, "step-00000008")
	if out := succeed(t, "checkpoint", "verify", last); out.stdout != "step-00000008  good\n" {
		t.Errorf("it says %q", out.stdout)
	}
	flipByte(t, filepath.Join(last, "optimizer.safetensors"))
	before := filesOf(t, dir)
	for _, name := range []string{dir, last} {
		out := invoke(t, "checkpoint", "verify", name)
		if out.code != ExitInput || !strings.Contains(out.stdout, "step-00000008  ") || !strings.Contains(out.stdout, "damaged: optimizer.safetensors") ||
			!strings.Contains(out.stderr, " is damaged\n") || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("code %d, %q, %q", out.code, out.stdout, out.stderr)
		}
	}
	var document struct {
		Checkpoints []struct {
			Path, Error string
			Step        int
		}
	}
	decode(t, invoke(t, "checkpoint", "verify", "--json", dir).stdout, &document)
	if c := document.Checkpoints; len(c) != 2 || c[0].Error != "" || c[0].Step != 4 || c[1].Error == "" || c[1].Path != last {
		t.Errorf("%+v", c)
	}
	// Verifying only reads: no file was renamed.
	if after := filesOf(t, dir); len(after) != len(before) || after[filepath.Join(run.CheckpointsDir, "step-00000008", "optimizer.safetensors")] == "" {
		t.Error("verify changed the run")
	}
	// A log that ends before its checkpoint cannot be resumed from.
	if err := os.Truncate(filepath.Join(dir, run.MetricsFile), 200); err != nil {
		t.Fatal(err)
	}
	if out := invoke(t, "checkpoint", "verify", dir); out.code != ExitInput || !strings.Contains(out.stdout, "step-00000004  "+filepath.Join(dir, run.MetricsFile)) {
		t.Errorf("code %d, %q", out.code, out.stdout)
	}
}

func TestCheckpointShow(t *testing.T) {
	dir, _ := trained(t)
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	set, err := runData(r, "")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	out := succeed(t, "checkpoint", "show", dir)
	for _, want := range []string{"step        8 of 8", "tokens      256", "validation  ", "test  ", "best  ", r.Config.Hash(set.Header.Hash), set.Header.Hash, "codec  ", "tier  ", string(r.Config.TOML())} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	// The losses are those up to its step, not the last ones of the run.
	var document struct {
		Step   int
		Losses struct {
			Tokens   int
			TestLoss *float64 `json:"test_loss"`
		}
		Configuration string
	}
	first := filepath.Join(dir, run.CheckpointsDir, "step-00000004")
	keys := decode(t, succeed(t, "checkpoint", "show", "--json", first).stdout, &document)
	if !slices.Equal(keys, []string{"configuration", "labels", "losses", "path", "step"}) {
		t.Errorf("keys %v", keys)
	}
	if document.Step != 4 || document.Losses.Tokens != 128 || document.Losses.TestLoss != nil || document.Configuration != string(r.Config.TOML()) {
		t.Errorf("%+v", document)
	}
	// Without its line in the log, tokens and losses are not known.
	log := readFile(t, dir, run.MetricsFile)
	if err := os.WriteFile(filepath.Join(dir, run.MetricsFile), []byte(log[:len(log)/3]), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "checkpoint", "show", dir); strings.Contains(out.stdout, "tokens") || strings.Contains(out.stdout, "validation  ") || !strings.Contains(out.stderr, "does not reach step 8, so its tokens and losses are not known") {
		t.Errorf("without the log:\n%s%s", out.stdout, out.stderr)
	}
	if out := succeed(t, "checkpoint", "show", "--json", dir); !strings.Contains(out.stdout, "\"losses\": null") {
		t.Errorf("without the log: %s", out.stdout)
	}
	if err := os.WriteFile(filepath.Join(dir, run.MetricsFile), []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	// A checkpoint outside its run shows only what it contains.
	moved := filepath.Join(t.TempDir(), "mine")
	if err := os.CopyFS(moved, os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "checkpoint", "show", moved); !strings.Contains(out.stdout, set.Header.Hash) || strings.Contains(out.stdout, "validation") {
		t.Errorf("it says\n%s", out.stdout)
	}
}

func TestCheckpointDiff(t *testing.T) {
	path := book(t)
	begin := func(more ...string) string {
		dir := filepath.Join(t.TempDir(), "run")
		succeed(t, slices.Concat([]string{"train", "--data", path, "--out", dir}, quick(more...))...)
		return dir
	}
	a, same, other, wider := begin(), begin(), begin("--set", "train.lr=1e-3"), begin("--set", "model.hidden=64")
	if out := succeed(t, "checkpoint", "diff", a, same); out.stdout != "bit-for-bit identical\n" {
		t.Errorf("two equal runs:\n%s", out.stdout)
	}
	out := succeed(t, "checkpoint", "diff", a, other)
	for _, want := range []string{"config  ", "train.lr  0.003 and 0.001\n", "transformer.wte.weight  ", "exp_avg/transformer.wte.weight  ", "values differ, by at most "} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	if strings.Contains(out.stdout, "step  ") || strings.Contains(out.stdout, "data  ") {
		t.Errorf("equal things differ in\n%s", out.stdout)
	}
	if out := succeed(t, "checkpoint", "diff", a, wider); !strings.Contains(out.stdout, "transformer.h.0.mlp.c_fc.weight  shape [16 32] and [16 64]\n") {
		t.Errorf("of other sizes:\n%s", out.stdout)
	}
	muon := begin("--set", "train.optimizer=muon")
	if out := succeed(t, "checkpoint", "verify", muon); !strings.Contains(out.stdout, "step-00000008  good\n") {
		t.Errorf("of Muon:\n%s", out.stdout)
	}
	if out := succeed(t, "checkpoint", "show", muon); !strings.Contains(out.stdout, "\noptimizer = 'muon'\n") {
		t.Errorf("of Muon:\n%s", out.stdout)
	}
	out = succeed(t, "checkpoint", "diff", a, muon)
	for _, want := range []string{
		"train.optimizer  \"adamw\" and \"muon\"\n", "exp_avg/transformer.h.0.mlp.c_fc.weight  not in B\n",
		"exp_avg_sq/transformer.h.0.mlp.c_fc.weight  not in B\n", "momentum_buffer/transformer.h.0.mlp.c_fc.weight  not in A\n",
		"exp_avg/transformer.h.0.mlp.c_fc.bias  ",
	} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	var document struct{ Steps []int }
	decode(t, succeed(t, "checkpoint", "diff", "--json", a, filepath.Join(a, run.CheckpointsDir, "step-00000004")).stdout, &document)
	if !slices.Equal(document.Steps, []int{8, 4}) {
		t.Errorf("%+v", document)
	}
}

// A process that trains a run excludes other writers, but not readers.
func TestRunInUse(t *testing.T) {
	dir, path := trained(t)
	lock, err := vfs.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	comparison := t.TempDir()
	other, err := vfs.LockDir(comparison)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Unlock()
	for locked, args := range map[string][]string{
		dir:        {"train", "--resume", dir},
		comparison: {"compare", "--data", path, "--out", comparison},
	} {
		out := invoke(t, args...)
		if out.code != ExitFailure || !strings.Contains(out.stderr, locked+" is in use by another process") {
			t.Errorf("%v: code %d\n%s", args, out.code, out.stderr)
		}
	}
	succeed(t, "eval", "--run", dir)
	succeed(t, "checkpoint", "verify", dir)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	succeed(t, "train", "--resume", dir)
}

// --stop-after ends a run like a signal, but with a different code.
func TestStopAfter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := endless(t, dir)
	for limit := 100 * time.Millisecond; ; limit *= 2 { // until one step fits
		out := invoke(t, append(args, "--stop-after", limit.String())...)
		if out.code != ExitStopped || !strings.Contains(out.stderr, "stopped by --stop-after") {
			t.Fatalf("code %d\n%s", out.code, out.stderr)
		}
		if run.Exists(dir) {
			args = []string{"train", "--resume", dir}
			if want := "; progress is saved, resume with `waveletgpt train --resume " + dir + "`\n"; !strings.HasSuffix(out.stderr, want) {
				t.Fatalf("it says\n%s", out.stderr)
			}
		}
		if _, err := run.OpenModel(dir); err == nil {
			break
		}
	}
	if out := invoke(t, "train", "--resume", dir, "--stop-after", "1ms"); out.code != ExitStopped || !strings.Contains(out.stderr, "resuming after step ") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if out := invoke(t, "train", "--resume", dir, "--stop-after", "-1s"); out.code != ExitUsage {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
}
