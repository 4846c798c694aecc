package summary

import (
	"math"
	"testing"
)

// curve places losses at steps 0, 100, 200 ... with 10 tokens, 1e6 FLOPs and
// half a second a step.
func curve(losses ...float64) []Point {
	var points []Point
	for i, loss := range losses {
		step := 100 * i
		points = append(points, Point{Step: step, Tokens: 10 * int64(step), FLOPs: 1e6 * float64(step), Seconds: 0.5 * float64(step), Loss: loss})
	}
	return points
}

func TestFirstCrossing(t *testing.T) {
	never := math.NaN()
	tests := []struct {
		name   string
		losses []float64
		level  float64
		slack  float64
		want   float64
	}{
		{"between two", []float64{4, 3, 2, 1}, 2.5, 0, 150},
		{"at an evaluation", []float64{4, 3, 2, 1}, 2, 0, 200},
		{"never", []float64{4, 3, 2.5}, 2, 0, never},
		{"dips and rises", []float64{4, 1.9, 3, 2.5}, 2, 0, never},
		{"touches and rises", []float64{4, 2, 3, 2.5}, 2, 0, never},
		{"dips, rises, comes back", []float64{4, 1, 3, 1, 1}, 2, 0, 250},
		{"next exactly at the level", []float64{4, 1, 2, 3}, 2, 0, 100 * 2. / 3},
		{"two under, then up", []float64{4, 1, 1, 3}, 2, 0, 100 * 2. / 3},
		{"last evaluation", []float64{4, 3, 1}, 2, 0, 150},
		{"starts there", []float64{2, 1}, 2, 0, 0},
		{"rises within the slack", []float64{4, 2, 2.2, 2.5}, 2, 0.2 + 1e-12, 100},
		{"rises beyond the slack", []float64{4, 2, 2.3, 2.5}, 2, 0.2, never},
		{"empty", nil, 2, 0, never},
		{"not a number", []float64{4, math.NaN(), math.NaN()}, 2, 0, never},
	}
	for _, test := range tests {
		got := firstCrossing(curve(test.losses...), Steps, test.level, test.slack)
		switch {
		case math.IsNaN(test.want) && got != nil:
			t.Errorf("%s: crossing at %g, want none", test.name, *got)
		case !math.IsNaN(test.want) && got == nil:
			t.Errorf("%s: no crossing, want one at %g", test.name, test.want)
		case got != nil && math.Abs(*got-test.want) > 1e-9:
			t.Errorf("%s: crossing at %g, want %g", test.name, *got, test.want)
		}
	}
}

// A crossing is one place of the curve, whatever it is drawn over.
func TestFirstCrossingOnEveryAxis(t *testing.T) {
	c := curve(4, 3, 1)
	for axis, want := range map[Axis]float64{Steps: 150, TrainedTokens: 1500, FLOPs: 150e6, Seconds: 75} {
		if got := firstCrossing(c, axis, 2, 0); got == nil || math.Abs(*got-want) > 1e-6 {
			t.Errorf("axis %d: %v, want %g", axis, got, want)
		}
	}
}

func TestPlateauStep(t *testing.T) {
	c := curve(3.3, 2.4, 2.31, 2.21, 1.9)
	if got := plateauStep(c, pointer(2.36)); got == nil || math.Abs(*got-250) > 1e-9 {
		t.Errorf("left at %v, want 250", got)
	}
	if got := plateauStep(c[:3], pointer(2.376)); got != nil {
		t.Errorf("a run that stays on the plateau leaves it at %g", *got)
	}
	if got := plateauStep(c, nil); got != nil {
		t.Errorf("with unknown entropy the plateau is left at %g", *got)
	}
}

func TestMeanCurve(t *testing.T) {
	a, b := curve(4, 3, 2), curve(2, 1, 2)
	b = append(b[:1], b[2:]...) // the second has no evaluation at step 100
	b[1].Seconds = 150
	mean := MeanCurve(a, b)
	if len(mean) != 2 || mean[0].Loss != 3 || mean[1].Step != 200 || mean[1].Loss != 2 || mean[1].Seconds != 125 {
		t.Errorf("mean = %+v", mean)
	}
	if mean := MeanCurve(); mean != nil {
		t.Errorf("mean of nothing = %+v", mean)
	}
}
