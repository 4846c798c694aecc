package summary

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// lengthsOf are runs of a variant that needs scale times the steps of the baseline, at
// several horizons, with noise over seeds and windows.
func lengthsOf(variant string, scale, pace, noise float64, seeds int, random *rand.Rand, horizons ...int) (results []Result) {
	for _, horizon := range horizons {
		for seed := range uint64(seeds) {
			r := Result{Run: Run{Variant: variant, Seed: seed + 1, Status: Finished, Horizon: horizon, Steps: horizon, Tokens: 512 * int64(horizon), StepSeconds: pointer(pace)}}
			offset := noise * random.NormFloat64()
			for i := range 11 {
				x := float64(horizon*i) / 10
				r.Curve = append(r.Curve, Point{Step: int(x), Tokens: 512 * int64(x), FLOPs: 3e8 * x, Seconds: pace * x,
					Loss: horizonLoss(float64(horizon)/scale) + 0.6*(1-x/float64(horizon)) + offset})
			}
			for range 16 {
				r.WindowLosses = append(r.WindowLosses, r.Curve[10].Loss+noise*random.NormFloat64())
			}
			results = append(results, r)
		}
	}
	return results
}

// The words of full comparisons: a share, bounds on both sides, an open interval, a
// seed that lacks a run, tokens and seconds that differ, what the plan does not name,
// what was added and a hold-out that had been opened.
func TestFullVerdicts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	horizons := []int{1000, 1414, 2000, 2828, 4000}
	runs := func(variant string, scale, pace float64) []Result {
		return lengthsOf(variant, scale, pace, 0.003, 4, random, horizons...)
	}
	lacking := runs("taps", 0.8, 0.05)
	lacking[1].Status = Unfinished
	long := runs("conv:4", 0.7, 0.05)
	for i := range long {
		long[i].Tokens *= 2
	}
	s := &Summary{
		Data:    Data{Unit: "byte", UnitsPerToken: 1},
		Primary: []string{"haar", "haar against shift", "shift", "window:2", "taps", "conv:4"},
		HoldOut: &HoldOut{Split: "holdout", Windows: 16, Opened: time.Date(2026, 11, 29, 5, 0, 0, 0, time.UTC), Before: 2},
		Additions: []Addition{{When: time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC), AfterSeeds: 2, AfterVariants: 7, Seeds: []uint64{3, 4}},
			{When: time.Date(2026, 11, 28, 6, 0, 0, 0, time.UTC), AfterSeeds: 4, AfterVariants: 6, Variants: []string{"past"}}},
	}
	if err := s.Compare(join(runs("none", 1, 0.05), runs("haar", 0.62, 0.06), runs("shift", 0.2, 0.05), runs("window:2", 1.3, 0.05), lacking, long,
		runs("past", 0.98, 0.05), seedsAt("window:16", 4000))); err != nil {
		t.Fatal(err)
	}
	s.Judge()
	var text strings.Builder
	if err := WriteTable(&text, s); err != nil {
		t.Fatal(err)
	}
	fits(t, strings.Split(text.String(), "\n"), tableWidth)
	text.WriteString("\n")
	if err := WriteMarkdown(&text, s); err != nil {
		t.Fatal(err)
	}
	shared := ""
	for i := range s.Comparisons {
		text.WriteString("\n")
		for _, sentence := range Explain(s, &s.Comparisons[i]) {
			if !sentence.Shared {
				text.WriteString(sentence.Text + "\n")
			} else if !strings.Contains(shared, sentence.Text) {
				shared += sentence.Text + "\n"
			}
		}
	}
	golden(t, "full.txt", text.String()+"\nOnce:\n"+shared)
}

// seedsAt are runs of one horizon only.
func seedsAt(variant string, horizon int) []Result {
	return lengthsOf(variant, 0.9, 0.05, 0.003, 4, rand.New(rand.NewPCG(3, 4)), horizon)
}

// percentOf is the first share of the steps that a text names.
var percentOf = regexp.MustCompile(`([0-9.]+) % of the steps`)

// Whatever the runs, the outcome of a full comparison, its first number and its
// sentences are on one side; no quick comparison makes a speed of a crossing.
func TestWordsAgreeAtEitherGrade(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	outcomes := map[Outcome]int{}
	for i := range 60 {
		seeds, horizons := 3+random.IntN(2), []int{400, 600, 900}
		if i%3 == 0 {
			horizons = horizons[2:]
		}
		results := lengthsOf("none", 1, 0.05, 0.01, seeds, random, horizons...)
		for _, variant := range []string{"haar", "shift"} {
			results = append(results, lengthsOf(variant, math.Exp(0.4*random.NormFloat64()), 0.05*math.Exp(0.4*random.NormFloat64()), 0.02, seeds, random, horizons...)...)
		}
		s := &Summary{Data: Data{Unit: "byte", UnitsPerToken: 1}}
		if err := s.Compare(results); err != nil {
			t.Fatal(err)
		}
		for j := range s.Comparisons {
			c := &s.Comparisons[j]
			outcomes[c.Outcome]++
			checkWords(t, s, c)
		}
	}
	for _, o := range []Outcome{Faster, FasterInSteps, Slower, NoDifference} {
		if outcomes[o] == 0 {
			t.Errorf("no comparison is %q; the test needs some of each: %v", o, outcomes)
		}
	}
}

func checkWords(t *testing.T, s *Summary, c *Comparison) {
	t.Helper()
	first, row := Explain(s, c)[0].Text, s.Row(c.Label())
	if !strings.Contains(first, "("+s.restsOn(c)+")") || row.RestsOn != s.restsOn(c) {
		t.Errorf("grade and evidence %s, row %s: %s", s.restsOn(c), row.RestsOn, first)
	}
	if c.Grade == Quick {
		for _, word := range []string{"times as fast", "% of the steps", "saves", "saved", "needs"} {
			if strings.Contains(c.Verdict, word) {
				t.Errorf("a quick comparison says %q: %s", word, c.Verdict)
			}
		}
		if c.HorizonRatio != nil || row.Share != "" || !strings.Contains(first, "its final loss is ") {
			t.Errorf("a quick comparison begins otherwise: %s", first)
		}
		return
	}
	r := c.HorizonRatio
	switch {
	case r.Bound == AtLeast:
		if !strings.Contains(first, "does not reach that within the longest horizon") || c.Outcome == Faster || c.Outcome == FasterInSteps {
			t.Errorf("%v, %s: %s", r, c.Outcome, first)
		}
	case percentOf.FindString(first) == "" || !strings.Contains(first, row.Share):
		t.Errorf("%v: %s", r, first)
	}
	switch c.Outcome {
	case Faster, FasterInSteps:
		if r.Value >= 1 || *c.Gain <= 0 || (c.Outcome == FasterInSteps) != (r.Bound == Exact && *r.Seconds > 1) {
			t.Errorf("%v, gain %v, seconds %v: %s", r, *c.Gain, *r.Seconds, first)
		}
	case Slower:
		if r.Value < 1 || *c.Gain >= 0 {
			t.Errorf("%v, gain %v: %s", r, *c.Gain, first)
		}
	}
}

// What bounds a ratio in steps bounds it in seconds: at most 110 % of the seconds is
// not yet slower.
func TestBoundIsNoSlowness(t *testing.T) {
	c := Comparison{Grade: Full, HorizonRatio: &Ratio{Value: 0.38, Bound: AtMost, Seconds: pointer(1.1)},
		Difference: Difference{Gain: pointer(0.1)}, PValueHolm: pointer(0.01)}
	if got := c.decide(); got != Faster {
		t.Errorf("%q with at most 110 %% of the seconds", got)
	}
	c.HorizonRatio.Bound = Exact
	if got := c.decide(); got != FasterInSteps {
		t.Errorf("%q with 110 %% of the seconds", got)
	}
}
