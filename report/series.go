package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/waveletgpt/waveletgpt/compare"
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
	runs    []*compare.Run
	mean    []compare.Point     // over finished runs
	band    [][2]float64        // 95 % interval of the mean at its points, nats; nil below three seeds
	again   []compare.Point     // mean of the runs that confirm it
	against *compare.Comparison // nil for the baseline
}

// collect groups the runs by variant, the baseline first: it has the first,
// neutral colour.
func collect(s *compare.Summary) []series {
	var all []series
	for i := range s.Runs {
		r := &s.Runs[i]
		at := slices.IndexFunc(all, func(v series) bool { return v.label == r.Label() })
		if at < 0 {
			at = len(all)
			all = append(all, series{label: r.Label()})
		}
		all[at].runs = append(all[at].runs, r)
	}
	slices.SortStableFunc(all, func(a, b series) int {
		return order(a.label == s.Baseline) - order(b.label == s.Baseline)
	})
	for i := range all {
		v := &all[i]
		v.class = class(i)
		var curves [][]compare.Point
		for _, r := range v.runs {
			if r.Status == compare.Finished {
				curves = append(curves, r.Curve)
			}
		}
		v.mean = compare.MeanCurve(curves...)
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
func band(mean []compare.Point, curves [][]compare.Point) [][2]float64 {
	n := float64(len(curves))
	if n < 3 {
		return nil
	}
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975)
	var out [][2]float64
	for _, p := range mean {
		var losses []float64
		for _, curve := range curves {
			i, _ := slices.BinarySearchFunc(curve, p.Step, func(q compare.Point, step int) int { return q.Step - step })
			losses = append(losses, curve[i].Loss)
		}
		half := t * stat.StdDev(losses, nil) / math.Sqrt(n)
		out = append(out, [2]float64{p.Loss - half, p.Loss + half})
	}
	return out
}

// confirming is the mean curve of a variant with the shorter schedule.
func confirming(s *compare.Summary, label string) []compare.Point {
	var curves [][]compare.Point
	for i := range s.Confirmations {
		c := &s.Confirmations[i]
		for j := range c.Runs {
			if c.Variant == label && c.Runs[j].Status == compare.Finished {
				curves = append(curves, c.Runs[j].Curve)
			}
		}
	}
	return compare.MeanCurve(curves...)
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}
