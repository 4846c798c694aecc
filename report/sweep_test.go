package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/summary"
)

// A sweep of two seeds shows the mean of each setting with a bar between the seeds,
// what is chosen and what is within the noise of it; the table of the runs has every
// seed. Settings of several keys and rungs are all in the table.
func TestSweepOfTwoSeeds(t *testing.T) {
	s := everything(t)
	s.Sweep = &summary.Sweep{Key: "train.lr", Keys: []string{"train.lr"}, Seed: 8, Seeds: []uint64{8, 9}}
	add := func(variant string, horizon int, tuned map[string]any, losses ...float64) {
		for j, loss := range losses {
			r := summary.Run{Variant: variant, Seed: uint64(8 + j), Horizon: horizon, Status: summary.Finished, FinalLoss: &loss, Tuned: tuned}
			s.Sweep.Trials = append(s.Sweep.Trials, summary.Trial{Run: r})
		}
	}
	for i, losses := range [][]float64{{1.9, 1.95}, {1.8, 1.84}, {1.81, 1.85}, {1.7, 0}} {
		add("haar", 2000, map[string]any{"train.lr": 0.001 * float64(int(1)<<i)}, losses...)
	}
	last := &s.Sweep.Trials[7]
	last.Status, last.FinalLoss = summary.Diverged, nil
	s.Sweep.Choose()
	rows := sweepRows(s)
	want := [][]string{
		{"Variant", "train.lr", "Final loss, bits", "nats", "Status", "Chosen"},
		{"haar", "0.001", bitsOf(s, 1.925), "1.925", "finished", ""}, {"haar", "0.002", bitsOf(s, 1.82), "1.820", "finished", "chosen"},
		{"haar", "0.004", bitsOf(s, 1.83), "1.830", "finished", "within the noise"}, {"haar", "0.008", missing, missing, "diverged", ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if table := sweepTable(s); len(table) != 8 || strings.Join(table[3], ",") != "haar,train.lr,0.002,9,1.84,true,2000" {
		t.Errorf("table %q", table)
	}
	page := render(t, s)
	wellFormed(t, page)
	for _, want := range []string{"Sweep of train.lr", "seeds 8 and 9, which no comparison uses", "The choice for haar, 0.002, is within the noise of 0.004.", "seed 9: 1.840 nats"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	s.Sweep.Keys, s.Sweep.Rungs, s.Sweep.Trials = []string{"train.lr", "model.norm"}, []int{1000, 2000}, nil
	for _, rung := range s.Sweep.Rungs {
		add("haar", rung, map[string]any{"train.lr": 1e-3, "model.norm": "pre"}, 1.9, 1.95)
		add("haar", rung, map[string]any{"train.lr": 3e-3, "model.norm": "post"}, 1.6, 1.65)
	}
	s.Sweep.Choose(2000)
	rows = sweepRows(s)
	if len(rows) != 5 || strings.Join(rows[0][:4], ",") != "Variant,Steps,train.lr,model.norm" || rows[2][7] != "" || rows[4][7] != "chosen" {
		t.Errorf("rows %q", rows)
	}
	if table := sweepTable(s); strings.Join(table[7], ",") != "haar,train.lr model.norm,0.003 post,9,1.65,true,2000" {
		t.Errorf("table %q", table)
	}
	page = render(t, s)
	wellFormed(t, page)
	if !strings.Contains(page, "Sweep of train.lr and model.norm") || !strings.Contains(page, "At the longest horizon; the table has the others.") {
		t.Error("the page does not tell of both keys and of all rungs")
	}
}

func bitsOf(s *summary.Summary, nats float64) string { return fmt.Sprintf("%.3f", s.Data.Bits(nats)) }
