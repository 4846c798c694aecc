package summary

import (
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	results := join(seeds("none", 1, 1, 1), seeds("shift", 0.5, 0.51, 0.5), seeds("haar", 0.7, 0.68, 0.71), seeds("conv:3", 0.9, 0.9, 0.9))
	for i := range 3 {
		results[9+i].Status = Diverged
	}
	s := compared(t, results...)
	s.Confirmations = []Confirmation{{Variant: "haar", Steps: 1050, FinalLoss: pointer(1.5), Confirmed: true}}
	trial := func(label string, lr, loss float64, chosen bool) Trial {
		return Trial{Run: Run{Variant: label, Tuned: map[string]any{"train.lr": lr}, Status: Finished, FinalLoss: &loss}, Chosen: chosen}
	}
	diverged := trial("haar", 4e-3, 0, false)
	diverged.FinalLoss, diverged.Status = nil, Diverged
	s.Sweep = &Sweep{Key: "train.lr", Trials: []Trial{
		trial("none", 2e-3, 1.25, true), trial("none", 4e-3, 1.5, false), diverged, trial("haar", 2e-3, 1.125, true)}}
	s.Probes = []Probe{{Variant: "haar", Levels: []Level{{Window: 2}, {Window: 4}}, LevelRise: []float64{0.5, -0.125}}, {Variant: "none"}}
	s.Matches = []Match{{Along: Depth,
		Sizes:   []MatchSize{{Size: 4, Parameters: 200000, FinalLoss: pointer(1.5)}, {Size: 5, Parameters: 1250000, FinalLoss: pointer(1.25)}, {Size: 6, Parameters: 300000}},
		Answers: []MatchAnswer{{Variant: "haar", FinalLoss: 1.375, Size: pointer(4.5), Parameters: pointer(225000.0), MoreParameters: pointer(0.125)}, {Variant: "shift", FinalLoss: 1}}}}
	var out strings.Builder
	if err := WriteMarkdown(&out, s); err != nil {
		t.Fatal(err)
	}
	golden(t, "markdown.md", out.String())
	if err := WriteMarkdown(fullDisk{}, s); err == nil {
		t.Error("a failed write is not reported")
	}
}
