package report

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
)

// horizonFigures show what is saved over the length of training, for comparisons
// that differ in nothing else as far as a page can tell: the same data and
// baseline.
func horizonFigures(summaries []*compare.Summary) (figures []figure) {
	type group struct {
		hash       string
		parameters int64
	}
	groups := map[group][]*compare.Summary{}
	var order []group
	for _, s := range summaries {
		if s.Data.Hash == "" {
			continue
		}
		g := group{s.Data.Hash, parameters(s)}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], s)
	}
	for _, g := range order {
		list := groups[g]
		slices.SortStableFunc(list, func(a, b *compare.Summary) int { return longest(a) - longest(b) })
		if longest(list[0]) == longest(list[len(list)-1]) {
			continue
		}
		figures = append(figures, horizonFigure(list))
	}
	return figures
}

// parameters counts those of the baseline.
func parameters(s *compare.Summary) int64 {
	for i := range s.Runs {
		if s.Runs[i].Label() == s.Baseline {
			return s.Runs[i].Parameters
		}
	}
	return 0
}

func longest(s *compare.Summary) (steps int) {
	for i := range s.Runs {
		steps = max(steps, s.Runs[i].Steps)
	}
	return steps
}

func horizonFigure(list []*compare.Summary) figure {
	plot := linePlot{
		title: "Steps saved over the length of training, " + list[0].Data.Name, xName: "steps of the whole schedule", yName: "steps saved",
		logX: true, percent: true, markPoints: true, full: true,
		caption: "Each point is a comparison with a schedule of its own. Lines: 95 % intervals. A gap: the variant does not come to the baseline's best loss.",
	}
	for _, v := range comparedVariants(list) {
		line := plotLine{label: v.label, class: v.class}
		for _, s := range list {
			for i := range s.Comparisons {
				c := &s.Comparisons[i]
				if c.Label() != v.label {
					continue
				}
				at := plotPoint{x: float64(longest(s)), absent: c.StepsSaved == nil}
				if c.StepsSaved != nil {
					at.y = *c.StepsSaved
					at.title = fmt.Sprintf("%s, %s steps: %s saved", v.label, compare.Count(at.x), compare.Percent(at.y))
				}
				if k := c.StepsSavedInterval; k != nil && k.CI95 != nil {
					at.low, at.high = k.CI95[0], k.CI95[1]
				}
				line.points = append(line.points, at)
			}
		}
		plot.lines = append(plot.lines, line)
	}
	f := plot.figure()
	f.CSV, f.Command = SavedName, list[0].Command
	return f
}
