package train

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"runtime"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.json")

const goldenFile = "testdata/golden.json"

// The losses of ten steps, with and without the operator, with rotary positions,
// with Muon, and of the other family, on every tier of kernels that this machine has. A change to any of them is
// a change to every result: rewrite them with -update only where that is meant.
//
// They are exact where they were written, on amd64. Other architectures, and
// that one from GOAMD64=v3 on, let the compiler fuse x*y + z, which then rounds
// once and not twice. There, and on a tier that no machine has written yet, the
// losses are near to those of the portable tier.
func TestGoldenLosses(t *testing.T) {
	golden := map[string]map[string][]float64{} // by tier, and spec, position, optimizer or family
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	exact := runtime.GOARCH == "amd64" && !fuses(1+0x1p-12, 1+0x1p-12, -1)
	eachTier(t, func(t *testing.T, tier string) {
		got := map[string][]float64{
			"none": tenSteps(t, "gpt2", "none", "learned", "adamw"), "haar": tenSteps(t, "gpt2", "haar", "learned", "adamw"),
			"rope": tenSteps(t, "gpt2", "none", "rope", "adamw"), "muon": tenSteps(t, "gpt2", "none", "learned", "muon"),
			"nanochat": tenSteps(t, "nanochat", "haar", "rope", "muon"),
		}
		if *update && exact {
			golden[tier] = got
		}
		want, tolerance := golden[tier], 0.0
		if want == nil || !exact {
			want, tolerance = golden["portable"], 1e-5
		}
		for spec, losses := range got {
			if len(losses) != len(want[spec]) {
				t.Fatalf("%s: %d losses, want %d", spec, len(losses), len(want[spec]))
			}
			for i, loss := range losses {
				if w := want[spec][i]; !(math.Abs(loss-w) <= tolerance) {
					t.Errorf("%s: loss of step %d is %v, want %v", spec, i+1, loss, w)
				}
			}
		}
	})
	if !*update {
		return
	}
	if data, err = json.MarshalIndent(golden, "", "\t"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// eachTier runs a test with every set of kernels that the processor has.
func eachTier(t *testing.T, test func(t *testing.T, tier string)) {
	for _, tier := range kernel.Tiers() {
		t.Run(tier, func(t *testing.T) {
			restore, err := kernel.Use(tier)
			if err != nil {
				t.Fatal(err)
			}
			defer restore()
			test(t, tier)
		})
	}
}

// fuses tells whether the compiler fuses a product and a sum that round
// differently. The conversion forbids it to.
//
//go:noinline
func fuses(x, y, z float32) bool { return x*y+z != float32(x*y)+z }

func tenSteps(t *testing.T, family, spec, position, optimizer string) []float64 {
	m, err := gpt.New(gpt.Config{Vocabulary: 13, Model: config.Model{
		Family: family, Layers: 3, Width: 32, Heads: 4, Hidden: 64, Context: 24,
		Position: position, Norm: "pre", Mixer: spec, Dropout: 0.1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	e := newNative(config.Train{
		Steps: 10, Batch: 5, Accumulate: 2, LR: 0.01, MinLR: 0.001, Warmup: 3, Schedule: "cosine", Seed: 1,
		Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Clip: 1, Lanes: 8,
		Optimizer: optimizer, MuonLR: 0.02, MuonMomentum: 0.95,
	}, m)
	var losses []float64
	for step := 1; step <= 10; step++ {
		// The same two batches again and again, so that there is something to learn.
		losses = append(losses, e.take(step, windows(step%2, 10, 25, 13)).loss)
	}
	return losses
}
