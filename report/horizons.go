package report

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// horizonRows are the steps to equal final loss with whole schedules.
func horizonRows(ratios []summary.HorizonRatio) [][]string {
	if len(ratios) == 0 {
		return nil
	}
	table := [][]string{{"Variant", "Steps to end as low as the baseline, as a share of its steps (95 %)", "Baseline's steps", "Seeds"}}
	for _, r := range ratios {
		table = append(table, cells(r.Variant, r.String(), count(float64(r.Horizon)), fmt.Sprint(len(r.Seeds))))
	}
	return table
}

// finalLossFigure shows the mean final losses of all variants over the length of
// training. The shares of horizonRows are of the seeds that have all runs.
func finalLossFigure(study []*summary.Summary) figure {
	s := study[len(study)-1]
	plot := linePlot{
		title: "Final loss over the length of training, " + s.Data.Name, xName: "steps of the whole schedule", yName: "bits per " + s.Data.Unit,
		logX: true, markPoints: true, full: true,
		caption: "Each point is the mean of runs with a separate, whole schedule. Where a variant's line is as low as the baseline's last point, it ends as low.",
	}
	variants := append([]series{{label: s.Baseline, class: class(0)}}, comparedVariants(study)...)
	for _, v := range variants {
		line := plotLine{label: v.label, class: v.class}
		for _, at := range study {
			if loss, ok := at.MeanFinalLoss(v.label); ok {
				y := at.Data.Bits(loss)
				line.points = append(line.points, plotPoint{x: float64(at.LongestRun()), y: y, title: fmt.Sprintf("%s, %s: %.3f", v.label, typeset.Counted(at.LongestRun(), "step"), y)})
			}
		}
		plot.lines = append(plot.lines, line)
	}
	f := plot.figure()
	f.CSV, f.Command = savedName, study[0].Command
	return f
}

// horizonFigure shows the steps saved over the length of training.
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
