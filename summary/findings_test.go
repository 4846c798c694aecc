package summary

import (
	"slices"
	"testing"
)

// What was asked for has a line each, also where nothing had to be trained.
func TestFindings(t *testing.T) {
	trial := func(label string, lr float64, horizon int) Trial {
		return Trial{Run: Run{Variant: label, Horizon: horizon, Tuned: map[string]any{"train.lr": lr}}, Chosen: true}
	}
	runs := []Run{{Variant: "none"}, {Variant: "shift"}, {Variant: "haar"}}
	size := 5.75
	for _, test := range []struct {
		name                  string
		s                     Summary
		confirm, match, probe bool
		want                  []string
	}{
		{"nothing asked", Summary{Runs: runs}, false, false, false, nil},
		{"a sweep", Summary{Runs: runs, Sweep: &Sweep{Key: "train.lr", Trials: []Trial{trial("none", 0.008, 20), trial("shift", 0.016, 20), trial("haar", 0.016, 20)}}},
			false, false, false, []string{"chosen by the sweep: train.lr 0.008 for none, 0.016 for shift and haar"}},
		{"a sweep at horizons", Summary{Runs: runs, Sweep: &Sweep{Key: "train.lr", Trials: []Trial{trial("none", 0.008, 10), trial("none", 0.004, 20), trial("shift", 0.016, 20)}}},
			false, false, false, []string{"chosen by the sweep: train.lr 0.004 for none, 0.016 for shift, at the longest horizon"}},
		{"nothing to train", Summary{Runs: runs, Matches: []Match{{Along: Depth}}}, true, true, true, []string{
			"confirm: no variant reached the baseline's best loss in fewer steps, so none was trained again",
			"match: no variant ends below the baseline, so no larger baseline was trained",
			"probe: no variant has windows to leave out; the page shows the loss at each position",
		}},
		{"no baseline", Summary{}, false, true, false, []string{"match: no run of the baseline finished, so no larger baseline was trained"}},
		{"all", Summary{
			Baseline: "none", Runs: runs, Confirmations: []Confirmation{{Variant: "haar"}}, // which is a remark of the table
			Matches: []Match{{Along: Depth, Sizes: []MatchSize{{Size: 4}}, Answers: []MatchAnswer{{Variant: "haar", Size: &size}}}},
			Probes: []Probe{{Variant: "none"}, {Variant: "haar", Levels: []Level{{Window: 1}, {Window: 2}, {Window: 4}}, LevelRise: []float64{0.1, 0.3, 0.2}},
				{Variant: "ema:linear", Levels: []Level{{Window: 0}}, LevelRise: []float64{0.01}}},
		}, true, true, true, []string{
			"match of haar by depth: At the learning rate of the smallest, none needs about 5.8 layers instead of 4 to reach the same final loss in the same steps; with rates of their own, fewer may do.",
			"probe of haar: the loss changes most without its windows of 2 positions, by +0.300 nats",
			"probe of ema:linear: the loss changes most without its windows over all positions, by +0.010 nats",
		}},
	} {
		if got := test.s.Findings(test.confirm, test.match, test.probe); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
