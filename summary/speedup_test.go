package summary

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A constant speed-up is the same ratio at every loss that both sides reach; what
// the baseline never reaches has no ratio, and is there all the same.
func TestSpeedUps(t *testing.T) {
	const scale = 0.5
	c := compared(t, join(seeds("none", 1, 1, 1), seeds("haar", scale, scale, scale))...).Comparisons[0]
	if len(c.SpeedUps) != speedUpLosses {
		t.Fatalf("%d losses", len(c.SpeedUps))
	}
	missing := 0
	for i, g := range c.SpeedUps {
		if i > 0 && !(g.Loss < c.SpeedUps[i-1].Loss) {
			t.Errorf("loss %v follows %v", g.Loss, c.SpeedUps[i-1].Loss)
		}
		if g.Ratio == nil {
			missing++
			if g.BaselineSteps != nil || g.Steps == nil || g.CI95 != nil {
				t.Errorf("at %v: %+v", g.Loss, g)
			}
			continue
		}
		if g.Loss < 2.3 && math.Abs(*g.Ratio-1/scale) > 0.05 {
			t.Errorf("at %v: %v times as fast", g.Loss, *g.Ratio)
		}
		if g.CI95 == nil || g.CI95[0] > *g.Ratio*1.02 || g.CI95[1] < *g.Ratio*0.98 || len(g.PerSeed) != 3 {
			t.Errorf("at %v: ratio %v, interval %v, %d seeds", g.Loss, *g.Ratio, g.CI95, len(g.PerSeed))
		}
	}
	if last := c.SpeedUps[speedUpLosses-1]; last.Ratio != nil || last.Steps == nil || missing > 10 {
		t.Errorf("%d losses are missing, the last one %+v", missing, last)
	}
}

// None against itself is as fast at every loss, its lowest included.
func TestSpeedUpOfItself(t *testing.T) {
	run := planted("none", 2, 1)
	run.Curve = curve(3.3, 2.2, 1.9, 2.0, 1.8, 2.1, 1.95)
	for _, g := range compared(t, run).Comparisons[0].SpeedUps {
		if g.Ratio == nil || *g.Ratio != 1 {
			t.Errorf("at %v: %v", g.Loss, g.Ratio)
		}
	}
}

// The last loss is the lowest one, bit for bit: less by rounding, no curve would
// reach it.
func TestSpeedUpsEndAtTheLowestLoss(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 0))
	for range 100 {
		b, v := planted("none", 1, 1), planted("haar", 1, 0.7)
		b.Curve = curve(3+random.Float64(), 2+random.Float64(), 1+random.Float64())
		v.Curve = curve(3+random.Float64(), 2+random.Float64(), random.Float64())
		grid := compared(t, b, v).Comparisons[0].SpeedUps
		last := grid[len(grid)-1]
		if want := v.Curve[2]; last.Loss != want.Loss || last.Steps == nil || *last.Steps != float64(want.Step) {
			t.Fatalf("the last loss is %v, reached at %v; want %v at %d", last.Loss, last.Steps, want.Loss, want.Step)
		}
	}
}

// Each seed reaches a loss at a time of its own, and the mean never does: there is no
// ratio and no interval, and the summary can be written.
func TestSpeedUpOfSeedsWithoutOneOfTheMean(t *testing.T) {
	baseline, variant := seeds("none", 1, 1, 1), seeds("haar", 1, 1, 1)
	for i := range baseline {
		baseline[i].Curve = curve(4, 3, 2.5, 2.4, 2.4)
		variant[i].Curve = curve(4, 3.1, 2.38, 2.38, 3.5)
	}
	variant[2].Curve = curve(4, 3.1, 3, 3, 2.38)
	s := compared(t, slices.Concat(baseline, variant)...)
	if _, err := s.Encode(); err != nil {
		t.Error(err)
	}
	last := s.Comparisons[0].SpeedUps[speedUpLosses-1]
	if last.Ratio != nil || last.CI95 != nil || slices.Contains(last.PerSeed, nil) {
		t.Errorf("at %v: ratio %v, interval %v, by seed %v", last.Loss, last.Ratio, last.CI95, last.PerSeed)
	}
}

// With one seed the windows are resampled; with two nothing is; where the variant
// often does not get there, there is no interval but how often.
func TestIntervals(t *testing.T) {
	evaluated := func(r Result) Result {
		for _, p := range r.Curve {
			losses := make([]float32, 64)
			for i := range losses {
				losses[i] = float32(p.Loss + 0.3*math.Sin(float64(i)) + 0.02*math.Sin(float64(7*i+len(r.Variant))+p.Loss))
			}
			r.Evaluations = append(r.Evaluations, losses)
		}
		return r
	}
	one := compared(t, evaluated(planted("none", 1, 1)), evaluated(planted("shift", 1, 0.7))).Comparisons[0]
	if i := one.StepsSavedInterval; i == nil || i.Of != PairsOfWindows || i.CI95 == nil || i.CI95[0] > 0.3 || i.CI95[1] < 0.3 || i.CI95[1]-i.CI95[0] > 0.2 {
		t.Errorf("one seed: %+v, %v", i, i.CI95)
	}
	if i := compared(t, planted("none", 1, 1), planted("haar", 1, 0.7)).Comparisons[0].StepsSavedInterval; i != nil {
		t.Errorf("one seed without windows: %+v", i)
	}
	if i := compared(t, join(seeds("none", 1, 1), seeds("haar", 0.7, 0.7))...).Comparisons[0].StepsSavedInterval; i != nil {
		t.Errorf("two seeds: %+v", i)
	}
	c := compared(t, join(seeds("none", 1, 1, 1), seeds("haar", 0.8, 1.05, 0.8))...).Comparisons[0]
	if i := c.StepsSavedInterval; c.StepsSaved == nil || i == nil || i.CI95 != nil || i.Reached < 0.1 || i.Reached > 0.97 {
		t.Errorf("a variant that often does not get there: %+v", i)
	}
}

// A step of more tokens is not a step.
func TestTokensAreNamed(t *testing.T) {
	big := seeds("haar", 0.7, 0.7, 0.7)
	for i := range big {
		big[i].Tokens *= 2
		for j := range big[i].Curve {
			big[i].Curve[j].Tokens *= 2
		}
	}
	c := compared(t, join(seeds("none", 1, 1, 1), big)...).Comparisons[0]
	near(t, "tokens saved", c.TokensSaved, 1-1.4, 1e-3)
	if want := "Its steps have 1,024 tokens, those of the baseline 512, so steps are not comparable; its curve crosses after 140 % of the tokens"; !strings.Contains(c.Verdict, want) {
		t.Errorf("verdict: %s", c.Verdict)
	}
}

// A terminal shows at most 14 lines of text below the plot, for a few variants
// with everything to be said of them.
func TestTableIsShort(t *testing.T) {
	results := stopped(55, join(seeds("none", 1), seeds("shift", 0.5), seeds("haar", 0.5), seeds("window:2", 0.9)))
	results[3].Status = Diverged
	s := compared(t, results...)
	s.Confirmations = []Confirmation{{Variant: "haar", Steps: 270, FinalLoss: pointer(2.5), BaselineLoss: 2.4}}
	var out strings.Builder
	if err := WriteTable(&out, s); err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(out.String(), " steps\n")
	if lines := strings.Count(text, "\n"); !found || lines > textLines {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
	if !strings.Contains(text, "never left the plateau") {
		t.Errorf("the first thing to know is missing:\n%s", out.String())
	}
}

// For a mean of logarithms the bootstrap interval is Student's, up to the chance
// of resampling.
func TestIntervalOfAMeanIsStudents(t *testing.T) {
	logs := []float64{-0.5, -0.3, -0.45, -0.2}
	i := savedInterval(PairsOfSeeds, len(logs), func(sample []int) *float64 {
		sum := 0.0
		for _, j := range sample {
			sum += logs[j]
		}
		return pointer(math.Exp(sum / float64(len(sample))))
	})
	// -0.3625 ± t(0.975, 3) 0.1376893 / sqrt(4), with t = 3.182446 of the tables.
	low, high := -0.5815944, -0.1434056
	if i.Reached != 1 || i.CI95 == nil {
		t.Fatalf("interval %+v", i)
	}
	if got := math.Log(1 - i.CI95[1]); math.Abs(got-low) > 0.015 {
		t.Errorf("lower end %v, want %v", got, low)
	}
	if got := math.Log(1 - i.CI95[0]); math.Abs(got-high) > 0.015 {
		t.Errorf("upper end %v, want %v", got, high)
	}
}
