package report

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// ratioRows are the steps to equal final loss of separate summaries of several
// lengths, with whole schedules.
func ratioRows(ratios []summary.HorizonRatio) [][]string {
	if len(ratios) == 0 {
		return nil
	}
	table := [][]string{{"Variant", "Ends as low as the baseline in this share of its steps (95 %)", "Baseline's steps", "Seeds"}}
	for _, r := range ratios {
		table = append(table, cells(r.Variant, summary.WithInterval(r.Share()), count(float64(r.Horizon)), fmt.Sprint(len(r.Seeds))))
	}
	return table
}

// horizonRows has a row for each variant and length of training of one summary.
func horizonRows(s *summary.Summary) [][]string {
	if s.Grade() != summary.Full {
		return nil
	}
	table := [][]string{{"Variant", "Baseline's steps", "Ends as low in this share of them (95 %)", "Baseline's final loss, nats", "the variant's"}}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		for _, h := range c.Horizons {
			share := ""
			if h.Ratio != nil {
				r := summary.Ratio{Value: *h.Ratio, CI95: h.CI95, Bound: h.Bound, Open: h.Open}
				share = summary.WithInterval(r.Share())
			}
			table = append(table, cells(c.Label(), count(float64(h.Steps)), share, nats(h.BaselineLoss), nats(h.Loss)))
		}
	}
	return table
}

// finalLossFigure shows the mean final losses of all variants over the length of
// training, of one summary or of several. The shares in the tables are of the seeds
// that have all runs.
func finalLossFigure(study ...*summary.Summary) figure {
	s := study[len(study)-1]
	plot := linePlot{
		title: "Final loss over the length of training, " + s.Data.Name, xName: "steps of the whole schedule", yName: "bits per " + s.Data.Unit,
		logX: true, markPoints: true, full: true, csv: lossesName,
		caption: "Each point is the mean of runs with a separate, whole schedule. Where the line of a variant is as low as the last point of " + s.Baseline + ", it ends as low.",
	}
	if r := s.FinalReference(); r != nil {
		plot.levels = append(plot.levels, plotLevel{label: fmt.Sprintf("%s %.3f", r.Name, s.Data.Bits(r.Loss)), y: s.Data.Bits(r.Loss)})
	}
	intervals := false
	for _, v := range append([]series{{label: s.Baseline, class: class(0)}}, comparedVariants(study)...) {
		line := plotLine{label: v.label, class: v.class}
		losses := summary.FinalLosses(v.label, study...)
		for _, steps := range slices.Sorted(maps.Keys(losses)) {
			at := plotPoint{x: float64(steps), y: s.Data.Bits(stat.Mean(losses[steps], nil))}
			at.title = fmt.Sprintf("%s, %s: %.3f bits, %s", v.label, typeset.Counted(steps, "step"), at.y, typeset.Counted(len(losses[steps]), "seed"))
			if n := len(losses[steps]); n >= 3 {
				half := s.Data.Bits(summary.HalfWidth(stat.StdDev(losses[steps], nil)/math.Sqrt(float64(n)), n))
				at.low, at.high, intervals = at.y-half, at.y+half, true
			}
			line.points = append(line.points, at)
		}
		plot.lines = append(plot.lines, line)
	}
	if intervals {
		plot.caption += " Lines: 95\u00a0% intervals of the mean, Student's t over seeds; the variants are a little apart, so that none hides another's."
		plot.apart = true
	}
	f := plot.figure()
	f.Command = study[0].Command
	return f
}
