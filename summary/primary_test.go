package summary

import (
	"math"
	"slices"
	"testing"
	"time"
)

// withP is a summary whose variants have p-values to the baseline and to the shift.
func withP(primary []string, p map[string][2]float64, order ...string) *Summary {
	s := &Summary{Baseline: "none", Primary: primary}
	for _, variant := range order {
		c := Comparison{Variant: variant, Difference: Difference{Gain: pointer(0.1), PValue: pointer(p[variant][0]), CI95: &[2]float64{0, 0.2}, Pairs: 3}}
		c.BaselineLoss = pointer(1.)
		if to := p[variant][1]; to > 0 {
			c.Controls = append(c.Controls, Control{Variant: "shift", Difference: Difference{Gain: pointer(0.1), PValue: pointer(to), CI95: &[2]float64{0, 0.2}}})
			c.Controls = append(c.Controls, Control{Variant: "window:2", Difference: Difference{Gain: pointer(0.1), PValue: pointer(0.03), CI95: &[2]float64{0, 0.2}}})
		}
		s.Comparisons = append(s.Comparisons, c)
	}
	return s
}

// Holm's method corrects the primary tests of all summaries together: by default each
// variant against the baseline and against the shift. The values are worked by hand:
// the primary p are 0.001, 0.004, 0.01, 0.02, 0.04 and 0.5, times 6 down to 1.
func TestCorrectOverAPlan(t *testing.T) {
	text := withP(nil, map[string][2]float64{"haar": {0.001, 0.02}, "shift": {0.01, 0}}, "haar", "shift")
	audio := withP(nil, map[string][2]float64{"haar": {0.04, 0.5}, "shift": {0.004, 0}}, "haar", "shift")
	Correct(text, audio)
	if text.Tests != 6 || audio.Tests != 6 {
		t.Errorf("%d and %d tests", text.Tests, audio.Tests)
	}
	for _, test := range []struct {
		name    string
		got     *float64
		primary bool
		want    float64
	}{
		{"text haar", text.Comparisons[0].PValueHolm, text.Comparisons[0].Primary, 0.006},
		{"text haar against shift", text.Comparisons[0].Controls[0].PValueHolm, text.Comparisons[0].Controls[0].Primary, 0.06},
		{"text shift", text.Comparisons[1].PValueHolm, text.Comparisons[1].Primary, 0.04},
		{"audio haar", audio.Comparisons[0].PValueHolm, audio.Comparisons[0].Primary, 0.08},
		{"audio haar against shift", audio.Comparisons[0].Controls[0].PValueHolm, audio.Comparisons[0].Controls[0].Primary, 0.5},
		{"audio shift", audio.Comparisons[1].PValueHolm, audio.Comparisons[1].Primary, 0.02},
	} {
		if !test.primary || test.got == nil || math.Abs(*test.got-test.want) > 1e-12 {
			t.Errorf("%s: p = %v, primary %t; want %v", test.name, *test.got, test.primary, test.want)
		}
	}
	// The control that no plan names is exploratory: of all eight tests it is the
	// fifth and the sixth, 4 x 0.03.
	if c := text.Comparisons[0].Controls[1]; c.Primary || math.Abs(*c.PValueHolm-0.12) > 1e-12 {
		t.Errorf("window:2: primary %t, p = %v", c.Primary, *c.PValueHolm)
	}
	if text.Comparisons[0].Outcome == Undecided || audio.Comparisons[0].Verdict == "" {
		t.Errorf("the corrected comparisons are not judged")
	}
}

// A plan that names its primary comparisons has no others.
func TestNamedPrimary(t *testing.T) {
	s := withP([]string{"haar against shift"}, map[string][2]float64{"haar": {0.01, 0.03}, "shift": {0.02, 0}}, "haar", "shift")
	Correct(s)
	haar, shift := &s.Comparisons[0], &s.Comparisons[1]
	if s.Tests != 1 || haar.Primary || shift.Primary || !haar.Controls[0].Primary || *haar.Controls[0].PValueHolm != 0.03 {
		t.Errorf("%d tests, haar %t, shift %t, control %+v", s.Tests, haar.Primary, shift.Primary, haar.Controls[0])
	}
	// Exploratory: the smallest of four.
	if math.Abs(*haar.PValueHolm-0.04) > 1e-12 {
		t.Errorf("haar: p = %v, want 0.04", *haar.PValueHolm)
	}
	for _, text := range []string{"haar", "haar against none"} {
		s = withP([]string{text}, map[string][2]float64{"haar": {0.01, 0.03}, "shift": {0.02, 0}}, "haar", "shift")
		if Correct(s); !s.Comparisons[0].Primary || s.Comparisons[1].Primary || s.Tests != 1 {
			t.Errorf("%s: haar %t, shift %t, %d tests", text, s.Comparisons[0].Primary, s.Comparisons[1].Primary, s.Tests)
		}
	}
	for _, text := range []string{"", " against haar", "haar against "} {
		if _, _, err := ParsePrimary(text); err == nil {
			t.Errorf("%q has no error", text)
		}
	}
}

// Any two variants are compared if the plan names them.
func TestNamedComparisonOfTwoVariants(t *testing.T) {
	s := &Summary{Data: Data{Unit: "token", UnitsPerToken: 1}, Primary: []string{"window:2 against haar"}}
	if err := s.Compare(join(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71), seeds("window:2", 0.9, 0.91, 0.92))); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.Comparisons, func(c Comparison) bool { return c.Variant == "window:2" })
	controls := s.Comparisons[at].Controls
	if len(controls) != 1 || controls[0].Variant != "haar" || !controls[0].Primary || *controls[0].Gain >= 0 {
		t.Errorf("controls %+v", controls)
	}
}

// A named control counts as primary under its own name, also if it is one of the
// usual controls.
func TestNamedControlWithAName(t *testing.T) {
	post := map[string]any{"model.norm": "post"}
	shift, haar := seeds("shift", 0.8, 0.81, 0.8), seeds("haar", 0.7, 0.68, 0.71)
	for i := range shift {
		shift[i].Name, shift[i].Set, haar[i].Set = "s1", post, post
	}
	s := &Summary{Data: Data{Unit: "token", UnitsPerToken: 1}, Primary: []string{"haar model.norm=post against s1"}}
	if err := s.Compare(join(seeds("none", 1, 1, 1), shift, haar)); err != nil {
		t.Fatal(err)
	}
	for i := range s.Comparisons {
		if c := &s.Comparisons[i]; c.Label() == "haar model.norm=post" && (len(c.Controls) != 1 || !c.Controls[0].Primary || c.Controls[0].Variant != "s1" || s.Tests != 1) {
			t.Errorf("%d tests, controls %+v", s.Tests, c.Controls)
		}
	}
}

// What was added when results were known is kept, with the numbers of seeds and
// variants at that time.
func TestRecordAdditions(t *testing.T) {
	summaryOf := func(results ...[]Result) *Summary {
		return compared(t, join(results...)...)
	}
	first := summaryOf(seeds("none", 1, 1), seeds("haar", 0.7, 0.7))
	second := summaryOf(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.7, 0.7))
	now := time.Date(2026, 11, 29, 1, 2, 3, 4, time.UTC)
	second.RecordAdditions(first, now)
	third := summaryOf(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.7, 0.7), seeds("shift", 0.8, 0.8, 0.8))
	third.RecordAdditions(second, now.Add(time.Hour))
	third.RecordAdditions(nil, now)
	if len(third.Additions) != 2 {
		t.Fatalf("%+v", third.Additions)
	}
	a, b := third.Additions[0], third.Additions[1]
	if !slices.Equal(a.Seeds, []uint64{3}) || a.AfterSeeds != 2 || a.AfterVariants != 2 || a.When != now.Truncate(time.Second) {
		t.Errorf("first addition %+v", a)
	}
	if !slices.Equal(b.Variants, []string{"shift"}) || len(b.Seeds) != 0 || b.AfterSeeds != 3 {
		t.Errorf("second addition %+v", b)
	}
}

// The crossed test, worked out with numpy and scipy:
//
//	d = numpy.array([[.3, .1, .2, .4], [.6, .4, .5, .6], [.2, .1, .1, .5]])
//	m = d.mean(); s = d.mean(1).var(ddof=1)/3; w = d.mean(0).var(ddof=1)/4
//	r = d - d.mean(1)[:, None] - d.mean(0) + m; left = (r**2).sum()/(2*3)/12
//	v = max(s + w - left, s, w); f = v*v/(s*s/2 + w*w/3); 2*scipy.stats.t.sf(m/v**.5, f)
func TestCrossedDifferenceAgainstSciPy(t *testing.T) {
	d := [][]float64{{.3, .1, .2, .4}, {.6, .4, .5, .6}, {.2, .1, .1, .5}}
	got := crossedDifference([]float64{.25, .525, .225}, d, nil)
	for _, test := range []struct {
		name      string
		got, want float64
	}{{"gain", *got.Gain, 1. / 3}, {"standard error", *got.StandardError, 0.11426091000668408}, {"p", *got.PValue, 0.051045025496593094}} {
		if math.Abs(test.got-test.want) > 1e-9 {
			t.Errorf("%s = %.12g, want %.12g", test.name, test.got, test.want)
		}
	}
	if got.Pairs != 3 || got.Groups != 4 || got.PairsOf != PairsOfSeeds {
		t.Errorf("%+v", got)
	}
	// Two documents of two windows each.
	if got := crossedDifference([]float64{.25, .525, .225}, d, []int{7, 7, 9, 9}); got.Groups != 2 {
		t.Errorf("%d groups", got.Groups)
	}
}
