package report

import (
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

func TestCrossingIsMarkedOnTheCurve(t *testing.T) {
	curve := []summary.Point{{Step: 0}, {Step: 100, Seconds: 50, Tokens: 800}, {Step: 300, Seconds: 250, Tokens: 2400}}
	for axis, want := range map[summary.Axis]float64{summary.Steps: 150, summary.Seconds: 100, summary.TrainedTokens: 1200} {
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
