package summary

import (
	"strings"
	"testing"
)

// A match lies between the baselines that were trained, or beyond the largest.
func TestMatch(t *testing.T) {
	s := &Summary{Baseline: "none", Comparisons: []Comparison{{Variant: "haar"}, {Variant: "shift"}, {Variant: "conv:3"}}}
	add := func(variant string, final float64) {
		s.Runs = append(s.Runs, Run{Variant: variant, Status: Finished, Parameters: 1000, FinalLoss: &final})
	}
	add("none", 2)
	add("haar", 1.5)
	add("shift", 1.3)
	add("conv:3", 2.1) // not better than the baseline: no question
	m, ok := s.NewMatch(Depth, 4)
	if !ok || len(m.Answers) != 2 {
		t.Fatalf("%v, %+v", ok, m)
	}
	grow := func(size int, parameters int64, final float64) {
		if !m.Unanswered() {
			t.Fatalf("nothing is unanswered before size %d", size)
		}
		r := Result{Run: Run{Variant: "none", Status: Finished, Parameters: parameters, Curve: []Point{{Step: 1, Loss: final}}}}
		m.Add(s, size, []Result{r})
	}
	grow(5, 1200, 1.8)
	grow(6, 1400, 1.4)
	haar, shift := &m.Answers[0], &m.Answers[1]
	near(t, "layers", haar.Size, 5.75, 1e-9)
	near(t, "parameters", haar.Parameters, 1350, 1e-6)
	near(t, "more parameters", haar.MoreParameters, 0.35, 1e-9)
	if text := m.sentence(haar, "none"); text != "At the learning rate of the smallest, none needs about 5.8 layers instead of 4 to reach the same final loss in the same steps, 35 % more parameters; with rates of their own, fewer may do." {
		t.Error(text)
	}
	isNull(t, "layers", shift.Size)
	if text := m.sentence(shift, "none"); !strings.HasPrefix(text, "Even none with 6 layers, 1,400 parameters, does not") {
		t.Error(text)
	}
	m.Add(s, 8, []Result{{Run: Run{Variant: "none", Status: Diverged}}})
	if m.Unanswered() {
		t.Error("a match is unanswered though its largest baseline did not finish")
	}
	if text := m.sentence(shift, "none"); !strings.Contains(text, "none with 8 layers did not finish with every seed") {
		t.Error(text)
	}
	if _, ok := (&Summary{Baseline: "none"}).NewMatch(Depth, 4); ok {
		t.Error("a match without a finished baseline")
	}
}
