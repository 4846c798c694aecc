package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
)

// withMuon is a study of which one variant in two uses the swept key.
func withMuon(t *testing.T, s *Sweep) Study {
	study := Study{Plan: Plan{Config: tinyConfig(t), Seeds: []uint64{1}, Variants: []Variant{
		{Spec: "none"}, {Name: "modern", Spec: "none", Set: map[string]any{"train.optimizer": "muon"}}}}, Sweep: s}
	study.Config.Train.Steps, study.Config.Train.Warmup = 400, 40
	if err := study.Validate(); err != nil {
		t.Fatal(err)
	}
	return study
}

// A variant that does not use the swept key is trained once a seed, has no edge, keeps
// the plan's settings, and does not stop the list from growing for others.
func TestKeyThatAVariantDoesNotUse(t *testing.T) {
	runs, said := map[int]map[string]bool{}, ""
	study := withMuon(t, swept("train.muon_lr", 0.01, 0.02))
	loss := func(_ string, c config.Config) float64 { return 2 + math.Abs(math.Log(c.Train.MuonLR/0.04)) }
	x, err := study.search(study.plans(), planted(loss, runs), Watch{Part: func(what string) { said += what + "\n" }})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(runs[400]); got != 2+2*4 { // 0.01, 0.02, 0.04, 0.08, and one without
		t.Errorf("%d runs", got)
	}
	for _, want := range []string{
		"over 2 values for 1 variant, 6 runs; for none without it, as train.muon_lr has no effect there",
		"at 0.04 too, because the best value for modern is at an edge: 2 runs more",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	plain, modern := x.chosen()[0].Variants[0], x.chosen()[0].Variants[1]
	if len(plain.Tuned) != 0 || modern.Tuned["train.muon_lr"] != 0.04 {
		t.Errorf("chosen: %v and %v", plain.Tuned, modern.Tuned)
	}
	if got := x.out.Settings()[0]; got.Variant != "none" || !slices.Equal(x.out.Values(got.Trials[0]), []string{"not used"}) {
		t.Errorf("the first setting is %v of %s", x.out.Values(got.Trials[0]), got.Variant)
	}
}

// Settings that are drawn differ for the variants that use all keys, and a variant that
// uses some of them tries each setting of these once.
func TestDrawnKeysThatAVariantDoesNotUse(t *testing.T) {
	for _, test := range []struct {
		sweep *Sweep
		most  map[string]int // settings at the first rung
	}{
		{parsed(t, 6, "muon_lr=1e-3..1e-1"), map[string]int{"none": 1, "modern": 6}},
		{parsed(t, 6, "muon_lr=1e-3..1e-1", "lr=1e-3,2e-3"), map[string]int{"none": 2, "modern": 6}},
		{parsed(t, 6, "muon_lr=1e-3..1e-1", "lr=1e-3..1e-1"), map[string]int{"none": 6, "modern": 6}},
		// At a quarter of the steps warm-ups of 8 and 9 are 2 steps and others 3; at half of them 9 and 10 are both 5.
		{parsed(t, 6, "muon_lr=1e-3..1e-1", "warmup=8..13"), map[string]int{"none": 2, "modern": 6}},
	} {
		study := withMuon(t, test.sweep)
		loss := func(_ string, c config.Config) float64 { return c.Train.LR + c.Train.MuonLR }
		x, err := study.search(study.plans(), planted(loss, map[int]map[string]bool{}), Watch{})
		if err != nil {
			t.Fatal(err)
		}
		tried := map[string]int{}
		for _, own := range x.out.Settings() {
			if own.Horizon == x.out.Rungs[0] {
				tried[own.Variant]++
			}
		}
		if fmt.Sprint(tried) != fmt.Sprint(test.most) {
			t.Errorf("%v: tried %v, want %v", test.sweep.names(), tried, test.most)
		}
		best := map[string]float64{}
		for i := range x.out.Trials {
			if own := &x.out.Trials[i]; own.Chosen {
				best[own.Label()] = *own.FinalLoss
			}
		}
		for _, own := range x.out.Settings() {
			if own.Horizon == 400 && *own.Mean < best[own.Variant] || own.Status() != summary.Finished {
				t.Errorf("%v: %s chose %v and tried %v", test.sweep.names(), own.Variant, best[own.Variant], *own.Mean)
			}
		}
	}
}
