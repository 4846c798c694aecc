package report

import (
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/svg"
)

// An axis of lengths has its ticks where runs were trained, the longest first, and none
// where its label would meet another.
func TestLengthTicks(t *testing.T) {
	for _, test := range []struct{ lengths, want []float64 }{
		{[]float64{250, 354, 500, 707, 1000, 1414, 2000, 2828, 4000}, []float64{4000, 2000, 1000, 500, 250}},
		{[]float64{1500, 3000}, []float64{3000, 1500}},
		{[]float64{100, 3900, 4000}, []float64{4000, 100}},
	} {
		var plot linePlot
		for range 2 { // of two variants
			var l plotLine
			for _, x := range test.lengths {
				l.points = append(l.points, plotPoint{x: x, y: 1})
			}
			plot.lines = append(plot.lines, l)
		}
		x := svg.NewScale(test.lengths[0], test.lengths[len(test.lengths)-1], 0, 290, true)
		if got := plot.lengthTicks(x); !slices.Equal(got, test.want) {
			t.Errorf("%v has ticks at %v, want %v", test.lengths, got, test.want)
		}
	}
}
