package report

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// crossingFigure shows at which share of the baseline's steps the curve of each variant
// crosses the baseline's best loss, seed by seed, with the interval of the mean curve.
func crossingFigure(s *summary.Summary, all []series) (figure, bool) {
	all100 := 100.0
	plot := dotPlot{title: "Where curves cross the best loss of " + s.Baseline, unit: "% of the steps of " + typeset.Shorten(s.Baseline, 24), mark: &all100}
	of := ""
	for _, v := range all {
		c := v.against
		if c == nil || c.BaselineLoss == nil {
			continue
		}
		row := dotRow{label: v.label, class: v.class, note: "never"}
		for i, saved := range c.StepsSavedPerSeed {
			if saved != nil {
				row.dots = append(row.dots, dot{100 * (1 - *saved), fmt.Sprintf("%s, seed %d: at %s of the steps", v.label, c.Seeds[i], typeset.Percent(1-*saved))})
			}
		}
		if c.StepsSaved != nil {
			percent := 100 * (1 - *c.StepsSaved)
			row.center, row.note = &percent, fmt.Sprintf("step %s of %s", typeset.Count(*c.StepsToBaselineLoss.Mean), typeset.Count(*c.BaselineSteps))
		}
		if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
			row.interval = &[2]float64{100 * (1 - i.CI95[1]), 100 * (1 - i.CI95[0])}
			of = fmt.Sprintf(" Line: 95 %% interval, bootstrap over %s.", i.Of)
		}
		plot.rows = append(plot.rows, row)
	}
	f := plot.figure("A dot for each seed, a bar at the mean curve." + of + " The variant is in mid-schedule there, the baseline at its end.")
	f.CSV = savedName
	return f, len(plot.rows) > 0
}
