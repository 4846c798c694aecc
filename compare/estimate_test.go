package compare

import (
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

// A time is reused for what takes as long, and for nothing else.
func TestWorkload(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*config.Config)
		same   bool
	}{
		"rate, seed, steps": {func(c *config.Config) { c.Train.LR, c.Train.Seed, c.Train.Steps = 1, 9, 7 }, true},
		"model":             {func(c *config.Config) { c.Model.Layers++ }, false},
		"operator":          {func(c *config.Config) { c.Model.Mixer = "haar" }, false},
		"batch":             {func(c *config.Config) { c.Train.Batch *= 8 }, false},
		"accumulate":        {func(c *config.Config) { c.Train.Accumulate++ }, false},
		"lanes":             {func(c *config.Config) { c.Train.Lanes *= 2 }, false},
		"optimizer":         {func(c *config.Config) { c.Train.Optimizer = "muon" }, false},
	} {
		a := tinyConfig(t)
		b := a
		test.change(&b)
		if same := workloadOf(a) == workloadOf(b); same != test.same {
			t.Errorf("%s: same is %t", name, same)
		}
	}
	// Each measurement of PyTorch starts a process: one stands for all operators.
	a := tinyConfig(t)
	a.Train.Engine = "torch"
	b := a
	b.Model.Mixer = "haar"
	if workloadOf(a) != workloadOf(b) {
		t.Error("operators are measured apart with PyTorch")
	}
}
