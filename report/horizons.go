package report

import (
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/svg"
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
			if r := h.Measured(); r != nil {
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
		logX: true, lengths: true, markPoints: true, full: true, csv: lossesName,
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

// shareTitle names the picture of a study, and of several.
const shareTitle = "Share of the baseline's steps, by the length of training"

const shareCaption = "The share of the baseline's steps after which a variant ends as low, for each length of the baseline's schedule. A line that falls is a gain that grows with the length; at 100\u00a0% there is none. " +
	"Hollow: a bound, as the variant is lower at the shortest length already, or not yet at the longest."

// sharePlot shows the shares of one study, by the baseline's length; ok is false if it has
// them of fewer than two. Where a variant is lower at the shortest length, its share of that is
// left out: all that is known is that it is below 100 %.
func sharePlot(s *summary.Summary, variants []series) (plot linePlot, ok bool) {
	plot = linePlot{
		title: shareTitle, xName: "steps of the baseline", yName: "% of its steps",
		logX: true, lengths: true, markPoints: true, full: true, csv: horizonsName, caption: shareCaption, apart: true, fromZero: true,
		levels: []plotLevel{{y: 100}},
	}
	lengths := map[int]bool{}
	for _, v := range variants {
		line := plotLine{label: v.label, class: v.class}
		for i := range s.Comparisons {
			if s.Comparisons[i].Label() != v.label {
				continue
			}
			for _, h := range s.Comparisons[i].Horizons {
				r := h.Measured()
				if r == nil || r.Bound == summary.AtMost && r.Value >= 1 {
					continue
				}
				at := plotPoint{x: float64(h.Steps), y: 100 * r.Value, ring: r.Bound != summary.Exact, estimate: r.Bound != summary.Exact}
				at.title = fmt.Sprintf("%s, %s: %s", v.label, typeset.Counted(h.Steps, "step"), summary.WithInterval(r.Share()))
				if h.CI95 != nil {
					at.low, at.high = 100*h.CI95[0], 100*h.CI95[1]
					plot.caption = shareCaption + " Lines: 95\u00a0% intervals."
				}
				line.points = append(line.points, at)
				lengths[h.Steps] = true
			}
		}
		plot.lines = append(plot.lines, line)
	}
	return plot, len(lengths) > 1
}

// shareFigure is the picture of the shares of one study.
func shareFigure(s *summary.Summary) (figure, bool) {
	plot, ok := sharePlot(s, comparedVariants([]*summary.Summary{s}))
	if !ok {
		return figure{}, false
	}
	return plot.figure(), true
}

// shareOverview has the shares of several studies side by side, or one below the other
// where there is no room.
func shareOverview(summaries []*summary.Summary, names []string) (figure, bool) {
	variants := comparedVariants(summaries)
	var plots []linePlot
	for i, s := range summaries {
		if plot, ok := sharePlot(s, variants); ok {
			plot.title, _, _ = strings.Cut(names[i], ",")
			plots = append(plots, plot)
		}
	}
	if len(plots) < 2 {
		return figure{}, false
	}
	f := figure{Title: shareTitle, Full: true, CSV: horizonsName, Caption: plots[0].caption, Command: summaries[0].Command}
	f.Wide, f.Narrow = drawPanels(plots, fullWidth, min(len(plots), 3), "wide"), drawPanels(plots, narrowWidth, 1, "narrow")
	return f, true
}

// drawPanels draws plots with one legend in rows of some columns, the title of each above it.
func drawPanels(plots []linePlot, width float64, columns int, class string) template.HTML {
	const heading, gap = 24.0, 14.0
	var legend svg.Drawing
	top := drawLegend(&legend, plotLeft, 0, width-plotLeft-plotRight, plots[0].legend())
	rows := (len(plots) + columns - 1) / columns
	each := width / float64(columns)
	d := svg.New(width, top+float64(rows)*(heading+halfHeight+gap), class, shareTitle)
	d.Append(&legend)
	for i := range plots {
		left, y := each*float64(i%columns), top+float64(i/columns)*(heading+halfHeight+gap)+heading
		d.Text("label halo", svg.Start, left+plotLeft, y, typeset.Shorten(plots[i].title, int((each-plotLeft-plotRight)/svg.GlyphWidth)))
		plots[i].drawAxes(d, left, each, y+halfHeight, y+12)
	}
	return d.Finish()
}
