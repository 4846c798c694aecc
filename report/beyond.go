package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
)

// savedFigure shows the steps that each variant saved, seed by seed, with the
// interval of the mean curve.
func savedFigure(s *compare.Summary, all []series) (figure, bool) {
	plot := dotPlot{title: "Steps saved to the best loss of " + s.Baseline, unit: "% of its steps saved", zero: true}
	of := ""
	for _, v := range all {
		c := v.against
		if c == nil || c.BaselineLoss == nil {
			continue
		}
		row := dotRow{label: v.label, class: v.class, note: "never gets there"}
		for i, saved := range c.StepsSavedPerSeed {
			if saved != nil {
				row.dots = append(row.dots, dot{100 * *saved, fmt.Sprintf("%s, seed %d: %s saved", v.label, c.Seeds[i], compare.Percent(*saved))})
			}
		}
		if c.StepsSaved != nil {
			percent := 100 * *c.StepsSaved
			row.center, row.note = &percent, tie(compare.Percent(*c.StepsSaved))
		}
		if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
			row.interval = &[2]float64{100 * i.CI95[0], 100 * i.CI95[1]}
			row.note += fmt.Sprintf(" (%.0f to %.0f)", row.interval[0], row.interval[1])
			of = fmt.Sprintf(" Line: 95 %% interval, bootstrap over %s.", i.Of)
		}
		plot.rows = append(plot.rows, row)
	}
	f := plot.figure("A dot for each seed, a bar at the mean curve." + of)
	f.CSV = SavedName
	return f, len(plot.rows) > 0
}

// sweepFigure shows final losses over the values that were tried, where these are
// numbers.
func sweepFigure(s *compare.Summary, all []series) (figure, bool) {
	if s.Sweep == nil {
		return figure{}, false
	}
	plot := linePlot{
		title: "Sweep of " + s.Sweep.Key, xName: s.Sweep.Key, yName: "bits per " + s.Data.Unit, logX: true, markPoints: true, full: true, csv: SweepName,
		caption: fmt.Sprintf("Final validation loss with seed %d, which no comparison uses. A ring: chosen.", s.Sweep.Seed),
	}
	for _, v := range all {
		line := plotLine{label: v.label, class: v.class}
		for i := range s.Sweep.Trials {
			t := &s.Sweep.Trials[i]
			x, ok := t.Tuned[s.Sweep.Key].(float64)
			if whole, isInt := t.Tuned[s.Sweep.Key].(int64); isInt {
				x, ok = float64(whole), true
			}
			if t.Label() != v.label || !ok {
				continue
			}
			at := plotPoint{x: x, absent: t.FinalLoss == nil, ring: t.Chosen}
			if t.FinalLoss != nil {
				at.y = s.Data.Bits(*t.FinalLoss)
				at.title = fmt.Sprintf("%s, %s = %s: %.3f bits, %.3f nats", v.label, s.Sweep.Key, s.Sweep.Value(t), at.y, *t.FinalLoss)
			}
			plot.logX = plot.logX && x > 0
			line.points = append(line.points, at)
		}
		slices.SortFunc(line.points, func(a, b plotPoint) int { return order(a.x < b.x) - order(b.x < a.x) })
		if len(line.points) > 0 {
			plot.lines = append(plot.lines, line)
		}
	}
	if len(plot.lines) == 0 {
		return figure{}, false
	}
	return plot.figure(), true
}

// sweepRows has a row for each trial.
func sweepRows(s *compare.Summary) [][]string {
	if s.Sweep == nil {
		return nil
	}
	rows := [][]string{{"Variant", s.Sweep.Key, "Final loss, bits", "nats", "Status", "Chosen"}}
	for i := range s.Sweep.Trials {
		t := &s.Sweep.Trials[i]
		row := []string{t.Label(), s.Sweep.Value(t), missing, missing, string(t.Status), ""}
		if t.FinalLoss != nil {
			row[2], row[3] = fmt.Sprintf("%.3f", s.Data.Bits(*t.FinalLoss)), fmt.Sprintf("%.3f", *t.FinalLoss)
		}
		if t.Chosen {
			row[5] = "chosen"
		}
		rows = append(rows, row)
	}
	return rows
}

// matchFigures show the final loss of larger and larger baselines, and where the
// variants end.
func matchFigures(s *compare.Summary, all []series) (figures []figure) {
	for i := range s.Matches {
		m := &s.Matches[i]
		plot := linePlot{
			title: "What " + s.Baseline + " with more " + m.Along + " comes to", xName: "parameters", yName: "bits per " + s.Data.Unit,
			logX: true, markPoints: true, csv: MatchName,
			caption: "Final validation loss at the same steps; larger baselines have its settings, learning rate included. A ring: a baseline as good as the variant, between two that were trained.",
		}
		base := plotLine{label: s.Baseline + ", larger", class: classOf(all, s.Baseline)}
		for j := range m.Sizes {
			size := &m.Sizes[j]
			if size.FinalLoss == nil {
				continue
			}
			bits := s.Data.Bits(*size.FinalLoss)
			base.points = append(base.points, plotPoint{x: float64(size.Parameters), y: bits,
				title: fmt.Sprintf("%s %d, %s parameters: %.3f bits", m.Along, size.Size, compare.Count(float64(size.Parameters)), bits)})
		}
		plot.lines = append(plot.lines, base)
		for j := range m.Answers {
			a := &m.Answers[j]
			bits, class := s.Data.Bits(a.FinalLoss), classOf(all, a.Variant)
			plot.levels = append(plot.levels, plotLevel{shorten(a.Variant, 24), class, bits})
			if a.Parameters != nil {
				plot.lines = append(plot.lines, plotLine{a.Variant, class, []plotPoint{{x: *a.Parameters, y: bits, ring: true, estimate: true,
					title: fmt.Sprintf("%s ends as %s with about %s parameters", a.Variant, s.Baseline, compare.Count(*a.Parameters))}}})
			}
		}
		figures = append(figures, plot.figure())
	}
	return figures
}

// costRows has a row for each variant: what a step costs, and all of it.
func costRows(s *compare.Summary, all []series) [][]string {
	rows := [][]string{{"Variant", "Parameters", "A step, ms", "relative", "FLOPs a step", "relative", "Tokens a second", "All steps", "Memory"}}
	var baseMS, baseFLOPs float64
	for i, v := range all {
		ms, flops := stepCost(v)
		if i == 0 {
			baseMS, baseFLOPs = ms, flops
		}
		r := v.runs[0]
		row := []string{v.label, count(float64(r.Parameters)), positive("%.1f", ms), missing, positive("%.3g", flops), missing, missing, missing, missing}
		if ms > 0 && baseMS > 0 {
			row[3] = fmt.Sprintf("%.3f×", ms/baseMS)
		}
		if flops > 0 && baseFLOPs > 0 {
			row[5] = fmt.Sprintf("%.3f×", flops/baseFLOPs)
		}
		if ms > 0 && r.Steps > 0 {
			row[6] = count(float64(r.Tokens) / float64(r.Steps) / ms * 1000)
			row[7] = duration(ms / 1000 * float64(r.Steps))
		}
		if r.Memory > 0 {
			row[8] = fmt.Sprintf("%.1f MB", float64(r.Memory)/1e6)
		}
		rows = append(rows, row)
	}
	return rows
}

// stepCost is the median step time over seeds in milliseconds, and FLOPs.
func stepCost(v series) (ms, flops float64) {
	var times []float64
	for _, r := range v.runs {
		if r.StepSeconds != nil {
			times = append(times, 1000**r.StepSeconds)
		}
		if n := len(r.Curve); n > 0 && r.Curve[n-1].Step > 0 {
			flops = r.Curve[n-1].FLOPs / float64(r.Curve[n-1].Step)
		}
	}
	if len(times) > 0 {
		slices.Sort(times)
		ms = times[len(times)/2]
	}
	return ms, flops
}

func positive(format string, x float64) string {
	if !(x > 0) || math.IsInf(x, 0) {
		return missing
	}
	return fmt.Sprintf(format, x)
}

func count(x float64) string {
	if !(x > 0) {
		return missing
	}
	return compare.Count(x)
}

// duration is a time as a person says it.
func duration(seconds float64) string {
	switch {
	case seconds > 2*3600:
		return fmt.Sprintf("%.1f h", seconds/3600)
	case seconds > 120:
		return fmt.Sprintf("%.1f min", seconds/60)
	}
	return fmt.Sprintf("%.1f s", seconds)
}
