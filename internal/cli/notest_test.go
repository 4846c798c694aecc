package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// trainAndVal writes a folder with a training and a validation document.
func trainAndVal(t *testing.T) (dir string) {
	t.Helper()
	text, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for name, part := range map[string][]byte{"train.txt": text[:4500], "val.txt": text[4500:]} {
		if err := os.WriteFile(filepath.Join(dir, name), part, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Data without a test split is trained and compared, with a null test loss.
func TestWithoutTestSplit(t *testing.T) {
	data, dir := trainAndVal(t), filepath.Join(t.TempDir(), "run")
	var result struct {
		Step           int
		ValidationLoss *float64 `json:"validation_loss"`
		TestLoss       *float64 `json:"test_loss"`
	}
	out := succeed(t, slices.Concat([]string{"train", "--json", "--data", data, "--out", dir}, quick())...)
	decode(t, out.stdout, &result)
	if result.Step != 8 || result.ValidationLoss == nil || result.TestLoss != nil || !strings.Contains(out.stderr, "no test split") {
		t.Errorf("%+v\n%s", result, out.stderr)
	}
	log := readFile(t, dir, run.MetricsFile)
	if !strings.HasSuffix(log, "{\"step\":8,\"tokens\":256,\"finished\":true}\n") {
		t.Errorf("the log is\n%s", log)
	}
	// Resumed when it is finished, it does nothing; killed before the last line, it
	// writes that again.
	for _, lines := range []int{0, 1} {
		if lines > 0 {
			cut := strings.LastIndex(strings.TrimSuffix(log, "\n"), "\n") + 1
			if err := os.WriteFile(filepath.Join(dir, run.MetricsFile), []byte(log[:cut]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		succeed(t, "train", "--resume", dir)
		if got := readFile(t, dir, run.MetricsFile); got != log {
			t.Errorf("resumed, the log is\n%s", got)
		}
	}
	bad := invoke(t, "eval", "--run", dir, "--split", "test")
	if bad.code != ExitInput || !strings.Contains(bad.stderr, "no test split") {
		t.Errorf("code %d, %q", bad.code, bad.stderr)
	}

	both := filepath.Join(t.TempDir(), "cmp")
	out = succeed(t, compareArgs(data, both, "--probe")...)
	if !strings.Contains(out.stderr, "samples continue the validation split") {
		t.Errorf("it says\n%s", out.stderr)
	}
	s, err := summary.Read(both)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Runs {
		if r.Status != summary.Finished || r.FinalLoss == nil || r.TestLoss != nil {
			t.Errorf("%s: %s, %v, %v", r.Label(), r.Status, r.FinalLoss, r.TestLoss)
		}
	}
	if s.Data.Tokens.Test != 0 || len(s.Samples) != len(s.Models) || s.Samples[0].Prompt == "" {
		t.Errorf("%+v, %d samples", s.Data.Tokens, len(s.Samples))
	}
	if again := succeed(t, compareArgs(data, both, "--probe")...); strings.Contains(again.stderr, "step 8") {
		t.Errorf("again it trains\n%s", again.stderr)
	}
}

// Finished runs are reused from their logs after their checkpoints were deleted.
// What needs weights is left out with a line, unless the earlier summary has it.
func TestCompareWithoutCheckpoints(t *testing.T) {
	path := book(t)
	for _, test := range []struct {
		name    string
		summary bool // the earlier one is kept
	}{{"with the summary", true}, {"without it", false}} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cmp")
			first := compareArgs(path, dir, "--variants", "none", "--probe")
			succeed(t, first...)
			earlier, err := summary.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			all, _ := filepath.Glob(filepath.Join(dir, "*-seed*", run.CheckpointsDir))
			if len(all) != 1 {
				t.Fatal(all)
			}
			if err := os.RemoveAll(all[0]); err != nil {
				t.Fatal(err)
			}
			if !test.summary {
				if err := os.Remove(filepath.Join(dir, summary.FileName)); err != nil {
					t.Fatal(err)
				}
			}
			out := succeed(t, compareArgs(path, dir, "--variants", "none,shift", "--probe")...)
			if strings.Contains(out.stderr, "none         seed 1  step") {
				t.Errorf("none is trained again:\n%s", out.stderr)
			}
			s, err := summary.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if r := s.Runs[0]; r.Label() != "none" || r.FinalLoss == nil || *r.FinalLoss != *earlier.Runs[0].FinalLoss || *r.TestLoss != *earlier.Runs[0].TestLoss {
				t.Errorf("%+v, earlier %+v", s.Runs[0], earlier.Runs[0])
			}
			kept := len(s.Samples) == 2 && len(s.Probes) == 2
			said := strings.Contains(out.stderr, "none, seed 1: its sample is left out") && strings.Contains(out.stderr, "none, seed 1: its probe is left out")
			if kept != test.summary || said == test.summary {
				t.Errorf("%d samples, %d probes, and it says\n%s", len(s.Samples), len(s.Probes), out.stderr)
			}
		})
	}
}
