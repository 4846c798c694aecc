package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/summary"
)

// sweepFigure shows final losses over the values that were tried, where these are
// numbers.
func sweepFigure(s *summary.Summary, all []series) (figure, bool) {
	if s.Sweep == nil {
		return figure{}, false
	}
	plot := linePlot{
		title: "Sweep of " + s.Sweep.Key, xName: s.Sweep.Key, yName: "bits per " + s.Data.Unit, logX: true, markPoints: true, full: true, csv: sweepName,
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
		slices.SortFunc(line.points, func(a, b plotPoint) int { return cmp.Compare(a.x, b.x) })
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
func sweepRows(s *summary.Summary) [][]string {
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
