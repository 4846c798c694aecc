package report

import (
	"fmt"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// byPosition are the losses of one run by position in the window.
type byPosition struct {
	label  string
	seed   uint64
	losses []float64
}

// positionLosses lists the runs whose losses by position are known. Older summaries
// have them of the runs that were probed.
func positionLosses(s *summary.Summary) (all []byPosition) {
	for i := range s.Runs {
		if r := &s.Runs[i]; len(r.PositionLosses) > 0 {
			all = append(all, byPosition{r.Label(), r.Seed, r.PositionLosses})
		}
	}
	if len(all) > 0 {
		return all
	}
	for i := range s.Probes {
		if p := &s.Probes[i]; len(p.Positions) > 0 {
			all = append(all, byPosition{p.Variant, p.Seed, p.Positions})
		}
	}
	return all
}

// octaves are the means of values over positions 1, 2, 3 to 4, 5 to 8, ...
func octaves(values []float64, title func(from, to int, mean float64) string) (points []plotPoint) {
	for from := 0; from < len(values); {
		to := min(max(2*from, 1), len(values))
		mean := stat.Mean(values[from:to], nil)
		points = append(points, plotPoint{x: float64(from+1+to) / 2, y: mean, title: title(from+1, to, mean)})
		from = to
	}
	return points
}

// positionsFigure shows the loss by position in the window.
func positionsFigure(s *summary.Summary, all []series) (figure, bool) {
	plot := linePlot{
		title: "Loss by position in the window", xName: "tokens that the model sees", yName: "bits per " + s.Data.Unit,
		logX: true, full: true, csv: positionsName, markPoints: true,
		caption: "Means over positions 1, 2, 3 to 4, 5 to 8, … of the first run of each variant. Windows do not overlap, so the first positions see little.",
	}
	for _, p := range positionLosses(s) {
		if hasLine(plot.lines, p.label) {
			continue
		}
		var bits []float64
		for _, loss := range p.losses {
			bits = append(bits, s.Data.Bits(loss))
		}
		plot.lines = append(plot.lines, plotLine{label: p.label, class: classOf(all, p.label), points: octaves(bits, func(from, to int, mean float64) string {
			return fmt.Sprintf("%s, positions %d to %d: %.3f bits", p.label, from, to, mean)
		})})
	}
	if len(plot.lines) == 0 {
		return figure{}, false
	}
	return plot.figure(), true
}

func hasLine(lines []plotLine, label string) bool {
	for i := range lines {
		if lines[i].label == label {
			return true
		}
	}
	return false
}

// gainFigure shows by how much the variants end lower than the baseline at each
// position.
func gainFigure(s *summary.Summary, all []series) (figure, bool) {
	return gains(s, all, s.Baseline, func(c *summary.Comparison) *summary.GainByPosition { return c.GainByPosition })
}

// gainOverShiftFigure is the same over the control that has one scale.
func gainOverShiftFigure(s *summary.Summary, all []series) (figure, bool) {
	const shift = "shift"
	return gains(s, all, shift, func(c *summary.Comparison) *summary.GainByPosition {
		for i := range c.Controls {
			if c.Controls[i].Variant == shift {
				return c.Controls[i].GainByPosition
			}
		}
		return nil
	})
}

func gains(s *summary.Summary, all []series, over string, of func(*summary.Comparison) *summary.GainByPosition) (figure, bool) {
	plot := linePlot{
		title: "Gain over " + over + " by position", xName: "tokens that the model sees", yName: "nats lower than " + typeset.Shorten(over, 24),
		logX: true, csv: positionsName, markPoints: true, levels: []plotLevel{{class: "zero", y: 0}},
	}
	slopes, interval := "", ""
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		g := of(c)
		if g == nil || c.Label() == over {
			continue
		}
		if g.CI95 != nil {
			interval = " (95 %)"
		}
		label := c.Label()
		plot.lines = append(plot.lines, plotLine{label: label, class: classOf(all, label), points: octaves(g.Gain, func(from, to int, mean float64) string {
			return fmt.Sprintf("%s, positions %d to %d: %s nats lower", label, from, to, typeset.Signed(mean))
		})})
		slopes += fmt.Sprintf(" %s: %s.", typeset.Shorten(label, 40), g.PerDoubling())
	}
	if len(plot.lines) == 0 {
		return figure{}, false
	}
	plot.caption = "Where a line rises, the variant gains more where the model sees more. It says something about scales only for a gain over shift, which has one. Nats with each doubling of the position" + interval + "." + slopes
	return plot.figure(), true
}
