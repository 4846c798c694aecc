package summary

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plantedLoss falls from 3.3 nats to a plateau at the bigram entropy of 2.376
// and from step 600 on toward 1.5.
func plantedLoss(step float64) float64 {
	loss := 2.38 + 0.92*math.Exp(-step/40)
	if step > 600 {
		loss -= 0.88 * (1 - math.Exp(-(step-600)/500))
	}
	return loss
}

// planted is a run of 2000 steps that is as far at step x as the baseline at
// step x/scale; scale 0.7 plants 30 % saved. Seeds differ by 0.01 nats.
func planted(variant string, seed uint64, scale float64) Result {
	const windows = 32
	shift := 0.01 * float64(seed%5)
	r := Result{Run: Run{Variant: variant, Seed: seed, Status: Finished, Parameters: 106240, Steps: 2000, Tokens: 1024000, StepSeconds: pointer(0.05)}}
	for step := 0; step <= 2000; step += 10 {
		r.Curve = append(r.Curve, Point{
			Step: step, Tokens: 512 * int64(step), FLOPs: 3e8 * float64(step), Seconds: 0.05 * float64(step),
			Loss: plantedLoss(float64(step)/scale) + shift,
		})
	}
	for i := range windows {
		r.WindowLosses = append(r.WindowLosses, r.Curve[len(r.Curve)-1].Loss+0.3*math.Sin(float64(i))+0.01*math.Sin(float64(i)/scale))
	}
	return r
}

// compared compares results on data with the plateau of plantedLoss.
func compared(t testing.TB, results ...Result) *Summary {
	t.Helper()
	s := &Summary{Data: Data{Unit: "character", UnitsPerToken: 1, Entropy: Entropy{Bigram: pointer(2.376)}}}
	if err := s.Compare(results); err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, name string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is null, want %g", name, want)
	} else if math.Abs(*got-want) > tolerance {
		t.Errorf("%s = %g, want %g", name, *got, want)
	}
}

func isNull(t *testing.T, name string, got *float64) {
	t.Helper()
	if got != nil {
		t.Errorf("%s = %g, want null", name, *got)
	}
}

func TestPlantedSpeedUpIsRecovered(t *testing.T) {
	for _, scale := range []float64{0.3, 0.5, 0.7, 0.95} {
		s := compared(t, planted("none", 1, 1), planted("none", 2, 1), planted("haar", 1, scale), planted("haar", 2, scale))
		c := s.Comparisons[0]
		near(t, "steps saved", c.StepsSaved, 1-scale, 1e-4)
		near(t, "seconds saved", c.SecondsSaved, 1-scale, 1e-4)
		near(t, "FLOPs saved", c.FLOPsSaved, 1-scale, 1e-4)
		near(t, "steps to the baseline's loss", c.StepsToBaselineLoss.Mean, 2000*scale, 0.1)
		// The plateau ends at the same loss, hence also sooner by scale.
		near(t, "saved after the plateau", c.StepsSavedAfterPlateau, 1-scale, 1e-3)
		for i := range c.Seeds {
			near(t, "saved with one seed", c.StepsSavedPerSeed[i], 1-scale, 1e-4)
		}
		if c.StepsToBaselineLoss.Reached != 2 {
			t.Errorf("reached with %d seeds, want 2", c.StepsToBaselineLoss.Reached)
		}
	}
}

// A variant that only leaves the plateau sooner saves nothing after it.
func TestAfterPlateauIsApart(t *testing.T) {
	variant := planted("haar", 1, 1)
	for i := range variant.Curve {
		if step := float64(variant.Curve[i].Step); step >= 100 {
			variant.Curve[i].Loss = plantedLoss(step+400) + 0.01
		}
	}
	c := compared(t, planted("none", 1, 1), variant).Comparisons[0]
	near(t, "steps saved", c.StepsSaved, 0.2, 1e-3)
	near(t, "saved after the plateau", c.StepsSavedAfterPlateau, 0, 1e-3)
}

func TestNoneAgainstItselfSavesNothing(t *testing.T) {
	// With an interior best, too: the rule must hold on both sides.
	noisy := planted("none", 2, 1)
	noisy.Curve = curve(3.3, 2.2, 1.9, 2.0, 1.8, 2.1, 1.95)
	for _, run := range []Result{planted("none", 1, 1), noisy} {
		s := compared(t, run)
		if len(s.Comparisons) != 1 {
			t.Fatalf("%d comparisons, want none against itself", len(s.Comparisons))
		}
		c := s.Comparisons[0]
		near(t, "steps saved", c.StepsSaved, 0, 0)
		near(t, "seconds saved", c.SecondsSaved, 0, 0)
		near(t, "FLOPs saved", c.FLOPsSaved, 0, 0)
		near(t, "loss gain", c.Gain, 0, 0)
		near(t, "saved after the plateau", c.StepsSavedAfterPlateau, 0, 0)
		if c.Outcome == Faster || c.Outcome == Slower {
			t.Errorf("none against itself is %s", c.Outcome)
		}
	}
}

// The same curve under another name obeys the same rule.
func TestEqualRunsSaveNothing(t *testing.T) {
	base, twin := planted("none", 1, 1), planted("window:1", 1, 1)
	base.Curve = curve(3.3, 2.2, 1.9, 2.0, 1.8, 2.1, 1.95)
	twin.Curve = base.Curve
	c := compared(t, base, twin).Comparisons[0]
	near(t, "steps saved", c.StepsSaved, 0, 0)
	near(t, "p-value", c.PValue, 1, 0)
	if c.Outcome != NoDifference {
		t.Errorf("equal runs: %s", c.Outcome)
	}
}

func TestNeverReachedIsNull(t *testing.T) {
	c := compared(t, planted("none", 1, 1), planted("slow", 1, 1.5)).Comparisons[0]
	isNull(t, "steps saved", c.StepsSaved)
	isNull(t, "seconds saved", c.SecondsSaved)
	isNull(t, "FLOPs saved", c.FLOPsSaved)
	isNull(t, "saved after the plateau", c.StepsSavedAfterPlateau)
	isNull(t, "steps", c.StepsToBaselineLoss.Mean)
	isNull(t, "steps of the seed", c.StepsToBaselineLoss.PerSeed[0])
	if c.StepsToBaselineLoss.Reached != 0 || c.Outcome != Slower {
		t.Errorf("reached %d, outcome %s", c.StepsToBaselineLoss.Reached, c.Outcome)
	}
}

func TestBaselineOnThePlateau(t *testing.T) {
	base, variant := planted("none", 1, 1), planted("haar", 1, 0.5)
	base.Curve, variant.Curve = base.Curve[:50], variant.Curve[:50]
	c := compared(t, base, variant).Comparisons[0]
	isNull(t, "baseline's plateau step", c.BaselinePlateauStep)
	isNull(t, "saved after the plateau", c.StepsSavedAfterPlateau)
	near(t, "variant's plateau step", c.PlateauStep, 335, 10)
	near(t, "steps saved", c.StepsSaved, 0.5, 0.05)
}

func TestDivergedRunsAreKeptOut(t *testing.T) {
	clean := compared(t, planted("none", 1, 1), planted("none", 2, 1), planted("haar", 1, 0.7), planted("haar", 2, 0.7))
	breakages := map[string]func(*Result){
		"curve":   func(r *Result) { r.Curve[57].Loss = math.NaN() },
		"at once": func(r *Result) { r.Curve[0].Loss = math.Inf(1) },
		"windows": func(r *Result) { r.WindowLosses[3] = math.Inf(1) },
		"test":    func(r *Result) { r.TestLoss = pointer(math.NaN()) },
		"marked":  func(r *Result) { r.Status = Diverged },
	}
	for name, breakIt := range breakages {
		bad := planted("haar", 3, 0.7)
		breakIt(&bad)
		s := compared(t, planted("none", 1, 1), planted("none", 2, 1), planted("none", 3, 1),
			planted("haar", 1, 0.7), planted("haar", 2, 0.7), bad)
		run := s.Runs[5]
		if run.Status != Diverged || run.FinalLoss != nil {
			t.Errorf("%s: status %s, final loss %v", name, run.Status, run.FinalLoss)
		}
		if _, err := s.Encode(); err != nil {
			t.Errorf("%s: the summary cannot be written: %v", name, err)
		}
		got, want := s.Comparisons[0], clean.Comparisons[0]
		if !strings.Contains(got.Verdict, "Seed 3 of haar diverged and is left out.") {
			t.Errorf("%s: the verdict is silent: %s", name, got.Verdict)
		}
		got.Verdict, want.Verdict = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: a diverged run changes the numbers (-want +got):\n%s", name, diff)
		}
	}
}

func TestNothingFinished(t *testing.T) {
	bad := planted("none", 1, 1)
	bad.Status = Unfinished
	s := compared(t, bad, planted("haar", 1, 0.7))
	c := s.Comparisons[0]
	if c.BaselineLoss != nil || c.Gain != nil || c.Outcome != Undecided {
		t.Errorf("a comparison with nothing: %+v", c)
	}
	if !strings.Contains(c.Verdict, "Every run of none did not finish.") {
		t.Errorf("verdict: %s", c.Verdict)
	}
}

func TestPairsAreSeeds(t *testing.T) {
	s := compared(t, planted("none", 1, 1), planted("none", 2, 1), planted("none", 4, 1), planted("haar", 2, 0.7), planted("haar", 1, 0.7))
	c := s.Comparisons[0]
	if diff := cmp.Diff([]uint64{1, 2}, c.Seeds); diff != "" {
		t.Errorf("paired seeds (-want +got):\n%s", diff)
	}
	if c.PairsOf != PairsOfSeeds || c.Pairs != 2 {
		t.Errorf("%d pairs of %s", c.Pairs, c.PairsOf)
	}
	one := compared(t, planted("none", 1, 1), planted("haar", 1, 0.7)).Comparisons[0]
	if one.PairsOf != PairsOfWindows || one.Pairs != 32 {
		t.Errorf("one seed: %d pairs of %s", one.Pairs, one.PairsOf)
	}
}

func TestBaselineIsNoneOrFirst(t *testing.T) {
	if s := compared(t, planted("haar", 1, 0.7), planted("none", 1, 1)); s.Baseline != "none" || s.Comparisons[0].Variant != "haar" {
		t.Errorf("baseline %s", s.Baseline)
	}
	if s := compared(t, planted("shift", 1, 0.6), planted("haar", 1, 0.7)); s.Baseline != "shift" {
		t.Errorf("baseline %s", s.Baseline)
	}
}

func TestControlsHaveTheSameOverrides(t *testing.T) {
	with := func(r Result, set map[string]any) Result { r.Set = set; return r }
	post := map[string]any{"model.norm": "post"}
	s := compared(t, planted("none", 1, 1), planted("shift", 1, 0.6), planted("haar", 1, 0.7),
		with(planted("shift", 1, 0.5), post), with(planted("haar", 1, 0.7), post), planted("window:2", 1, 0.8))
	for _, c := range s.Comparisons {
		var got []string
		for _, control := range c.Controls {
			got = append(got, control.Variant)
		}
		want := map[string][]string{"haar": {"shift", "window:2"}, "haar model.norm=post": {"shift"}}[c.Label()]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("controls of %s (-want +got):\n%s", c.Label(), diff)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	short := planted("haar", 1, 0.7)
	short.WindowLosses = short.WindowLosses[:5]
	tests := []struct {
		name    string
		results []Result
		want    string
	}{
		{"nothing", nil, "no runs"},
		{"twice", []Result{planted("none", 1, 1), planted("none", 1, 1)}, "none has two runs with seed 1"},
		{"windows", []Result{planted("none", 1, 1), short}, "none has 32 window losses and haar has 5"},
	}
	for _, test := range tests {
		err := new(Summary).Compare(test.results)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}
