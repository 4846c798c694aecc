package report

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
)

// classes is the number of series colours in the style sheet.
const classes = 8

// series is the runs of one variant.
type series struct {
	label   string
	class   string // its colour
	runs    []*compare.Run
	mean    []compare.Point     // over finished runs
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
		v.class = fmt.Sprintf("s%d", i%classes)
		var curves [][]compare.Point
		for _, r := range v.runs {
			if r.Status == compare.Finished {
				curves = append(curves, r.Curve)
			}
		}
		v.mean = compare.MeanCurve(curves...)
		for j := range s.Comparisons {
			if c := &s.Comparisons[j]; c.Label() == v.label && v.label != s.Baseline {
				v.against = c
			}
		}
	}
	return all
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}
