package report

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/compare"
)

func TestTicks(t *testing.T) {
	tests := []struct {
		name      string
		low, high float64
		log       bool
		n         int
		want      []string
	}{
		{"steps", 0, 2000, false, 5, []string{"0", "500", "1,000", "1,500", "2,000"}},
		{"bits", 2.26, 3.81, false, 6, []string{"2.5", "3.0", "3.5"}},
		{"both signs", -0.12, 0.31, false, 5, []string{"\u22120.1", "0", "0.1", "0.2", "0.3"}},
		{"FLOPs", 0, 6.6e11, false, 5, []string{"0", "200\u202fG", "400\u202fG", "600\u202fG"}},
		{"tokens", 0, 1.02e6, false, 5, []string{"0", "500\u202fk", "1\u202fM"}},
		{"decades", 1, 2000, true, 5, []string{"1", "10", "100", "1,000"}},
		{"within a decade", 100, 900, true, 5, []string{"100", "200", "500"}},
	}
	for _, test := range tests {
		got := labels(newScale(test.low, test.high, 0, 1, test.log).ticks(test.n))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Whatever the range, ticks are few, ascending and inside it.
func TestTicksAreInside(t *testing.T) {
	values := []float64{-math.MaxFloat64, -1e9, -1, -1e-300, 0, 5e-324, 1e-9, 1, 1 + 1e-15, 1000, 1e18, math.MaxFloat64}
	for _, low := range values {
		for _, high := range values {
			for _, log := range []bool{false, true} {
				s := newScale(low, high, 0, 100, log)
				ticks := s.ticks(6)
				if len(ticks) > 20 || !slices.IsSorted(ticks) {
					t.Errorf("%g to %g, log %v: ticks %v", low, high, log, ticks)
				}
				for _, tick := range ticks {
					if at := s.at(tick); !(at >= -0.1 && at <= 100.1) {
						t.Errorf("%g to %g, log %v: tick %g at %g", low, high, log, tick, at)
					}
				}
			}
		}
	}
}

func TestScale(t *testing.T) {
	down := newScale(2, 4, 300, 20, false)
	if got := down.at(3); got != 160 {
		t.Errorf("the middle is at %g, want 160", got)
	}
	log := newScale(1, 100, 0, 10, true)
	if got := log.at(10); math.Abs(got-5) > 1e-12 {
		t.Errorf("the logarithmic middle is at %g, want 5", got)
	}
}

func TestCrossingIsMarkedOnTheCurve(t *testing.T) {
	curve := []compare.Point{{Step: 0}, {Step: 100, Seconds: 50, Tokens: 800}, {Step: 300, Seconds: 250, Tokens: 2400}}
	for axis, want := range map[compare.Axis]float64{compare.Steps: 150, compare.Seconds: 100, compare.TrainedTokens: 1200} {
		p := &curvesPicture{curvesOver: curvesOver{axis: axis, unit: 1}}
		if got, ok := p.atStep(curve, 150); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("axis %d: step 150 is at %g, want %g", axis, got, want)
		}
		if _, ok := p.atStep(curve, 301); ok {
			t.Errorf("axis %d: a step after the curve has a place", axis)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext":    "plain\n\ttext",
		"\x00\x1b\x7f\r":   "\u2400\u241b\u2421\u240d",
		"a\xffb\u0085":     "a\ufffdb\ufffd",
		"\ufffe\U0001ffff": "\ufffd\ufffd",
		"naïve 日本":         "naïve 日本",
	} {
		if got := clean(text); got != want {
			t.Errorf("clean(%q) = %q, want %q", text, got, want)
		}
	}
}
