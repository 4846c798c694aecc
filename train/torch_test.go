package train

import (
	"math"
	"os"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/torch"
	"github.com/waveletgpt/waveletgpt/run"
)

// needsTorch skips a test without a Python that has PyTorch.
func needsTorch(t *testing.T) {
	t.Helper()
	if os.Getenv(torch.PythonVariable) == "" {
		t.Skip("set " + torch.PythonVariable + " to a Python that has the packages of internal/oracle/requirements.txt")
	}
}

// trained trains a new run to its end and returns its log.
func trained(t *testing.T, dir string, c config.Config, set *dataset.Set) []run.Metric {
	t.Helper()
	l := begin(t, dir, c, set)
	defer closeLoop(t, l)
	if err := l.Advance(t.Context(), c.Train.Steps, func(Report) {}); err != nil {
		t.Fatal(err)
	}
	metrics, err := l.run.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	return metrics
}

// variants of models and training with which both engines have to agree.
var ofBothEngines = map[string]func(c *config.Config){
	"none": func(c *config.Config) {},
	"haar": func(c *config.Config) { c.Model.Mixer = "haar" },
	"past": func(c *config.Config) { c.Model.Mixer = "past:at=kv" },
	"learned": func(c *config.Config) {
		c.Model.Mixer, c.Model.Norm, c.Model.Position = "learned", "post", "sinusoidal"
	},
	"dropout":  func(c *config.Config) { c.Model.Mixer, c.Model.Dropout = "conv:3:mix=gate", 0.2 },
	"nanochat": func(c *config.Config) { c.Model.Family, c.Model.KVHeads = "nanochat", 1; withMuon(&c.Train) },
	"llama": func(c *config.Config) {
		c.Model.Family, c.Model.Mixer, c.Model.Dropout = "llama", "haar", 0.1
		withMuon(&c.Train)
	},
	"gpt2 by muon": func(c *config.Config) {
		c.Model.Mixer, c.Train.Clip, c.Train.Accumulate, c.Train.Batch = "scale", 0, 1, 6
		withMuon(&c.Train)
	},
}

// Both engines take 20 steps from one start: with the same windows, rates and masks the
// losses stay equal but for rounding. What PyTorch has trained is evaluated here.
func TestTorchAgrees(t *testing.T) {
	needsTorch(t)
	set := corpus(t, 1, letters)
	for name, change := range ofBothEngines {
		t.Run(name, func(t *testing.T) {
			c := small(func(c *config.Config) {
				change(c)
				c.Train.Steps = 20
			})
			here := trained(t, t.TempDir(), c, set)
			c.Train.Engine, c.Train.Device, c.Train.Threads = "torch", "cpu", 1
			dir := t.TempDir()
			there := trained(t, dir, c, set)
			if len(here) != len(there) || len(here) < 20 {
				t.Fatalf("%d lines in the log, natively %d", len(there), len(here))
			}
			off, offNorm, offValidation := 0.0, 0.0, 0.0
			last := 0.0
			for i, h := range here {
				o := there[i]
				if h.Step != o.Step || (h.Loss == nil) != (o.Loss == nil) {
					t.Fatalf("line %d is of step %d, natively %d", i, o.Step, h.Step)
				}
				if h.Loss != nil {
					off = max(off, math.Abs(*h.Loss-*o.Loss))
					offNorm = max(offNorm, math.Abs(*h.GradNorm-*o.GradNorm) / *h.GradNorm)
					if *h.LR != *o.LR {
						t.Errorf("step %d has rate %v, natively %v", h.Step, *o.LR, *h.LR)
					}
				}
				if h.ValidationLoss != nil {
					last = *o.ValidationLoss
					offValidation = max(offValidation, math.Abs(*h.ValidationLoss-last))
				}
			}
			t.Logf("20 steps: losses differ by at most %.1e, norms by %.1e of them, validation losses by %.1e", off, offNorm, offValidation)
			if off > 1e-4 || offValidation > 1e-4 || offNorm > 1e-3 {
				t.Error("the engines differ")
			}
			m, err := run.OpenModel(dir)
			if err != nil {
				t.Fatal(err)
			}
			losses, tokens, err := Evaluate(t.Context(), m.Model, set, dataset.Validation, c.Eval.Windows, 0)
			if err != nil {
				t.Fatal(err)
			}
			if again := Mean(losses, tokens); math.Abs(again-last) > 1e-5 {
				t.Errorf("the checkpoint has validation loss %v here, but %v in PyTorch", again, last)
			}
		})
	}
}

// Compiled, the losses are the same but for rounding, with padded windows and masks too;
// in bfloat16 they are near. To compile takes a minute, so this is for WAVELETGPT_SLOW.
func TestTorchCompiled(t *testing.T) {
	needsTorch(t)
	if os.Getenv("WAVELETGPT_SLOW") == "" {
		t.Skip("set WAVELETGPT_SLOW")
	}
	set := corpus(t, 1, letters)
	c := small(func(c *config.Config) {
		c.Model.Mixer, c.Model.Dropout, c.Train.Steps, c.Eval.Windows = "haar", 0.1, 10, 7
	})
	want := trained(t, t.TempDir(), c, set)
	c.Train.Engine, c.Train.Device, c.Train.Threads = "torch", "cpu", 1
	for name, test := range map[string]struct {
		change    func(c *config.Train)
		tolerance float64
	}{
		"compiled":          {func(c *config.Train) { c.Compile = "default" }, 1e-5},
		"bfloat16":          {func(c *config.Train) { c.Precision = "bfloat16" }, 0.01},
		"compiled bfloat16": {func(c *config.Train) { c.Compile, c.Precision = "default", "bfloat16" }, 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			c := c
			test.change(&c.Train)
			off := 0.0
			for i, m := range trained(t, t.TempDir(), c, set) {
				for _, pair := range [][2]*float64{{m.Loss, want[i].Loss}, {m.ValidationLoss, want[i].ValidationLoss}} {
					if pair[0] != nil {
						off = max(off, math.Abs(*pair[0]-*pair[1]))
					}
				}
			}
			t.Logf("losses differ by at most %.1e", off)
			if off > test.tolerance {
				t.Error("too much")
			}
		})
	}
}
