package report

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// horizonFigures show the steps saved over the length of training, for comparisons
// on the same data with a baseline of the same size.
func horizonFigures(summaries []*summary.Summary) (figures []figure) {
	type group struct {
		hash       string
		parameters int64
	}
	groups := map[group][]*summary.Summary{}
	var order []group
	for _, s := range summaries {
		if s.Data.Hash == "" {
			continue
		}
		g := group{s.Data.Hash, s.Parameters(s.Baseline)}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], s)
	}
	for _, g := range order {
		list := groups[g]
		slices.SortStableFunc(list, func(a, b *summary.Summary) int { return a.LongestRun() - b.LongestRun() })
		if list[0].LongestRun() == list[len(list)-1].LongestRun() {
			continue
		}
		figures = append(figures, horizonFigure(list))
	}
	return figures
}

func horizonFigure(list []*summary.Summary) figure {
	plot := linePlot{
		title: "Steps saved over the length of training, " + list[0].Data.Name, xName: "steps of the whole schedule", yName: "steps saved",
		logX: true, percent: true, markPoints: true, full: true,
		caption: "Each point is a comparison with a separate, whole schedule. Lines: 95 % intervals. A gap: the variant does not reach the baseline's best loss.",
	}
	for _, v := range comparedVariants(list) {
		line := plotLine{label: v.label, class: v.class}
		for _, s := range list {
			for i := range s.Comparisons {
				c := &s.Comparisons[i]
				if c.Label() != v.label {
					continue
				}
				at := plotPoint{x: float64(s.LongestRun()), absent: c.StepsSaved == nil}
				if c.StepsSaved != nil {
					at.y = *c.StepsSaved
					at.title = fmt.Sprintf("%s, %s: %s saved", v.label, typeset.Counted(at.x, "step"), typeset.Percent(at.y))
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
	f.CSV, f.Command = savedName, list[0].Command
	return f
}
