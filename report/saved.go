package report

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// savedFigure shows the steps that each variant saved, seed by seed, with the
// interval of the mean curve.
func savedFigure(s *summary.Summary, all []series) (figure, bool) {
	plot := dotPlot{title: "Steps saved to the best loss of " + s.Baseline, unit: "% of its steps saved", zero: true}
	of := ""
	for _, v := range all {
		c := v.against
		if c == nil || c.BaselineLoss == nil {
			continue
		}
		row := dotRow{label: v.label, class: v.class, note: "never"}
		for i, saved := range c.StepsSavedPerSeed {
			if saved != nil {
				row.dots = append(row.dots, dot{100 * *saved, fmt.Sprintf("%s, seed %d: %s saved", v.label, c.Seeds[i], typeset.Percent(*saved))})
			}
		}
		if c.StepsSaved != nil {
			percent, r := 100**c.StepsSaved, s.Row(v.label)
			row.center, row.note = &percent, tie(summary.WithInterval(r.StepsSaved, r.StepsSavedInterval))
		}
		if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
			row.interval = &[2]float64{100 * i.CI95[0], 100 * i.CI95[1]}
			of = fmt.Sprintf(" Line: 95 %% interval, bootstrap over %s.", i.Of)
		}
		plot.rows = append(plot.rows, row)
	}
	f := plot.figure("A dot for each seed, a bar at the mean curve." + of)
	f.CSV = savedName
	return f, len(plot.rows) > 0
}
