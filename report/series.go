package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/summary"
)

// classes is the number of series colours in the style sheet, that of the
// baseline included.
const classes = 12

// class is the colour of series i; only the baseline, 0, has the neutral one.
func class(i int) string {
	if i > 0 {
		i = 1 + (i-1)%(classes-1)
	}
	return fmt.Sprintf("s%d", i)
}

// series is the runs of one variant.
type series struct {
	label   string
	class   string // its colour
	runs    []*summary.Run
	mean    []summary.Point     // over finished runs
	band    [][2]float64        // 95 % interval of the mean at its points, nats; nil below three seeds
	again   []summary.Point     // mean of the retrained runs
	against *summary.Comparison // nil for the baseline
}

// collect groups the runs by variant. The baseline comes first and has the first,
// neutral colour.
func collect(s *summary.Summary) []series {
	var all []series
	for _, label := range s.Labels() {
		if runs := s.RunsOf(label); len(runs) > 0 {
			all = append(all, series{label: label, class: class(len(all)), runs: runs})
		}
	}
	for i := range all {
		v := &all[i]
		curves := s.FinishedCurves(v.label)
		v.mean = summary.MeanCurve(curves...)
		v.band = band(v.mean, curves)
		v.again = confirming(s, v.label)
		for j := range s.Comparisons {
			if c := &s.Comparisons[j]; c.Label() == v.label && v.label != s.Baseline {
				v.against = c
			}
		}
	}
	return all
}

// band is Student's 95 % interval of a mean curve.
func band(mean []summary.Point, curves [][]summary.Point) [][2]float64 {
	n := float64(len(curves))
	if n < 3 {
		return nil
	}
	var out [][2]float64
	for _, p := range mean {
		var losses []float64
		for _, curve := range curves {
			i, _ := slices.BinarySearchFunc(curve, p.Step, func(q summary.Point, step int) int { return q.Step - step })
			losses = append(losses, curve[i].Loss)
		}
		half := summary.HalfWidth(stat.StdDev(losses, nil)/math.Sqrt(n), len(curves))
		out = append(out, [2]float64{p.Loss - half, p.Loss + half})
	}
	return out
}

// confirming is the mean curve of a variant with the shorter schedule.
func confirming(s *summary.Summary, label string) []summary.Point {
	var curves [][]summary.Point
	for i := range s.Confirmations {
		c := &s.Confirmations[i]
		for j := range c.Runs {
			if c.Variant == label && c.Runs[j].Status == summary.Finished {
				curves = append(curves, c.Runs[j].Curve)
			}
		}
	}
	return summary.MeanCurve(curves...)
}
