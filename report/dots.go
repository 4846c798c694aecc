package report

import (
	"fmt"
	"html/template"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// dotPlot is a picture with a row for each variant over one horizontal axis.
type dotPlot struct {
	title string
	unit  string
	rows  []dotRow
	mark  *float64 // the axis holds it and marks it; nil for none
	full  bool     // as wide as the page
}

// dotRow has dots with a bar at their mean, or one center with its interval.
type dotRow struct {
	label, class string
	note         string // right of the label
	dots         []dot
	center       *float64
	interval     *[2]float64
}

type dot struct {
	value float64
	title string
}

// finalLosses shows every seed's final loss and the mean of each variant.
func finalLosses(s *summary.Summary, all []series) figure {
	plot := dotPlot{title: "Final validation loss", unit: "bits per " + s.Data.Unit}
	for _, v := range all {
		row := dotRow{label: v.label, class: v.class, note: "no finished run"}
		sum := 0.0
		for _, r := range v.runs {
			if r.FinalLoss == nil {
				continue
			}
			bits := s.Data.Bits(*r.FinalLoss)
			sum += *r.FinalLoss
			row.dots = append(row.dots, dot{bits, fmt.Sprintf("%s, seed %d: %.3f bits, %.3f nats", v.label, r.Seed, bits, *r.FinalLoss)})
		}
		if n := len(row.dots); n > 0 {
			mean := sum / float64(n)
			bits := s.Data.Bits(mean)
			row.center = &bits
			row.note = fmt.Sprintf("%.3f bits, %.3f nats", bits, mean)
			if n >= 3 {
				half := summary.HalfWidth(deviation(row.dots)/math.Sqrt(float64(n)), n)
				row.interval = &[2]float64{bits - half, bits + half}
			}
		}
		plot.rows = append(plot.rows, row)
	}
	f := plot.figure("A dot for each seed, a bar at their mean." + plot.intervalCaption())
	f.CSV = lossesName
	return f
}

// differencesFigure shows the final loss of each variant minus the baseline's; full is as
// wide as the page.
func differencesFigure(s *summary.Summary, all []series, full bool) (figure, bool) {
	plot := dotPlot{title: "Final loss minus that of " + s.Baseline, unit: "nats per token", mark: new(float64), full: full}
	pairs := ""
	for _, v := range all {
		if v.against == nil || v.against.Gain == nil {
			continue
		}
		c, r := v.against, s.Row(v.label)
		difference := -*c.Gain
		row := dotRow{label: v.label, class: v.class, center: &difference, note: summary.WithInterval(r.Difference, r.DifferenceInterval)}
		if c.CI95 != nil {
			row.interval = &[2]float64{-c.CI95[1], -c.CI95[0]}
			pairs = fmt.Sprintf(" Lines are 95 %% intervals of Student's t over %s.", differsOver(c))
		}
		plot.rows = append(plot.rows, row)
	}
	f := plot.figure("Left of zero the variant is better." + pairs)
	f.CSV = lossesName
	return f, len(plot.rows) > 0
}

// differsOver names what a difference was tested over.
func differsOver(c *summary.Comparison) string {
	if c.PairsOf == summary.PairsOfSeeds && c.Groups > 0 {
		return "seeds and windows"
	}
	return c.PairsOf
}

// intervalCaption explains the intervals of means, if there are any.
func (p *dotPlot) intervalCaption() string {
	for _, row := range p.rows {
		if row.interval != nil {
			return " Line: 95 % interval of the mean, Student's t over seeds."
		}
	}
	return ""
}

// deviation is the standard deviation of dots.
func deviation(dots []dot) float64 {
	var values []float64
	for _, d := range dots {
		values = append(values, d.value)
	}
	return stat.StdDev(values, nil)
}

func (p *dotPlot) figure(caption string) figure {
	width := halfWidth
	if p.full {
		width = fullWidth
	}
	return figure{
		Title: p.title, Caption: caption, Full: p.full,
		Wide:   p.draw(width, "wide"),
		Narrow: p.draw(narrowWidth, "narrow"),
	}
}

func (p *dotPlot) draw(width float64, class string) template.HTML {
	const left, right, bottom = 14.0, 14.0, 44.0
	height := rowHeight*float64(len(p.rows)) + bottom
	d := svg.New(width, height, class, p.title)
	low, high := p.span()
	if p.mark != nil {
		low, high = min(low, *p.mark), max(high, *p.mark)
	}
	pad := 0.08 * (high - low)
	x := svg.NewScale(low-pad, high+pad, left, width-right, false)
	ticks := x.Ticks(5)
	for i, label := range svg.Labels(ticks) {
		at := x.At(ticks[i])
		d.Line("grid", at, 0, at, height-bottom)
		d.Text("tick", svg.Middle, at, height-bottom+16, label)
	}
	d.Line("axis", left, height-bottom, width-right, height-bottom)
	d.Text("axis-name", svg.Middle, width/2, height-bottom+36, p.unit)
	for i, row := range p.rows {
		top := rowHeight * float64(i)
		y := top + 31
		if p.mark != nil { // below the text of the row
			d.Line("zero", x.At(*p.mark), top+20, x.At(*p.mark), top+rowHeight)
		}
		d.Text("label halo", svg.Start, left, top+16, typeset.Shorten(row.label, 24))
		d.Text("remark halo", svg.End, width-right, top+16, row.note)
		d.Line("row", left, y, width-right, y)
		if row.interval != nil {
			ends := [2]float64{x.At(row.interval[0]), x.At(row.interval[1])}
			d.Line("interval "+row.class, ends[0], y, ends[1], y)
			for _, at := range ends {
				d.Line("interval "+row.class, at, y-5, at, y+5)
			}
		}
		for _, dot := range row.dots {
			d.Circle("seed "+row.class, x.At(dot.value), y, 3.5, dot.title)
		}
		switch {
		case row.center == nil:
		case row.dots != nil: // a bar, which hides no dot
			d.Line("interval "+row.class, x.At(*row.center), y-9, x.At(*row.center), y+9)
		default:
			d.Circle("center "+row.class, x.At(*row.center), y, 5.5, row.label+": "+row.note)
		}
	}
	return d.Finish()
}

// span is the range of everything drawn.
func (p *dotPlot) span() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(value float64) { low, high = min(low, value), max(high, value) }
	for _, row := range p.rows {
		for _, dot := range row.dots {
			take(dot.value)
		}
		if row.center != nil {
			take(*row.center)
		}
		if row.interval != nil {
			take(row.interval[0])
			take(row.interval[1])
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}
