package report

import (
	"html/template"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/svg"
)

// linePlot is a picture of lines over numbers, with points that show their values.
type linePlot struct {
	title      string
	xName      string
	yName      string
	logX       bool
	lengths    bool // x values are lengths of training; the ticks stand there
	lines      []plotLine
	levels     []plotLevel
	full       bool
	csv        string
	caption    string
	markPoints bool
	apart      bool // lines are beside each other, so that intervals do not hide each other
	fromZero   bool // the vertical axis begins at zero
}

// apartBy is the distance of lines that are beside each other.
const apartBy = 4.0

type plotLine struct {
	label, class string
	points       []plotPoint
}

type plotPoint struct {
	x, y     float64
	low      float64 // the ends of an interval; both 0 for none
	high     float64
	ring     bool // stands out
	title    string
	absent   bool // not reached: a gap
	estimate bool // interpolated or a bound: not on the line
}

// plotLevel is a horizontal line.
type plotLevel struct {
	label, class string
	y            float64
}

func (p *linePlot) figure() figure {
	f := figure{Title: p.title, Caption: p.caption, Full: p.full, CSV: p.csv}
	width, height := halfWidth, halfHeight
	if p.full {
		width, height = fullWidth, fullHeight*0.8
	}
	f.Wide, f.Narrow = p.draw(width, height, "wide"), p.draw(narrowWidth, narrowHeight, "narrow")
	return f
}

func (p *linePlot) draw(width, height float64, class string) template.HTML {
	d := svg.New(width, height, class, p.title)
	top := drawLegend(d, plotLeft, 0, width-plotLeft-plotRight, p.legend()) + 12
	p.drawAxes(d, 0, width, height, top)
	return d.Finish()
}

// Margins of a plot, of which axes and their names take the left and the lower one.
const plotLeft, plotRight, plotBottom = 54.0, 16.0, 42.0

func (p *linePlot) legend() (legend []series) {
	for _, l := range p.lines {
		legend = append(legend, series{label: l.label, class: l.class})
	}
	return legend
}

// drawAxes draws all but the legend, from left to left+width and from top to bottom.
func (p *linePlot) drawAxes(d *svg.Drawing, left, width, bottom, top float64) {
	x, y := p.scales(left+plotLeft, left+width-plotRight, bottom-plotBottom, top)
	p.grid(d, x, y)
	for _, l := range p.levels {
		d.Line("level best "+l.class, x.From, y.At(l.y), x.To, y.At(l.y))
		d.Text("remark", svg.End, x.To-4, y.At(l.y)-5, l.label)
	}
	for i, l := range p.lines {
		d.Series(l.label)
		at := x
		if p.apart {
			shift := apartBy * (float64(i) - float64(len(p.lines)-1)/2)
			at.From, at.To = x.From+shift, x.To+shift
		}
		p.line(d, l, at, y)
		d.End()
	}
}

func (p *linePlot) scales(left, right, bottom, top float64) (x, y svg.Scale) {
	xLow, xHigh, yLow, yHigh := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, l := range p.lines {
		for _, at := range l.points {
			xLow, xHigh = min(xLow, at.x), max(xHigh, at.x)
			if at.absent {
				continue
			}
			yLow, yHigh = min(yLow, at.y), max(yHigh, at.y)
			if at.low < at.high {
				yLow, yHigh = min(yLow, at.low), max(yHigh, at.high)
			}
		}
	}
	for _, l := range p.levels {
		yLow, yHigh = min(yLow, l.y), max(yHigh, l.y)
	}
	if yLow > yHigh {
		yLow, yHigh = 0, 1
	}
	pad, padX := 0.08*(yHigh-yLow), 0.03*(xHigh-xLow)
	yLow, yHigh = yLow-pad, yHigh+pad
	if p.fromZero {
		yLow = 0
	}
	y = svg.NewScale(yLow, yHigh, bottom, top, false)
	if p.logX && xLow > 0 {
		ratio := math.Pow(xHigh/xLow, 0.03)
		return svg.NewScale(xLow/ratio, xHigh*ratio, left, right, true), y
	}
	return svg.NewScale(xLow-padX, xHigh+padX, left, right, false), y
}

func (p *linePlot) grid(d *svg.Drawing, x, y svg.Scale) {
	ticks := x.Ticks(5)
	if p.lengths {
		ticks = p.lengthTicks(x)
	}
	for i, label := range svg.Labels(ticks) {
		d.Line("grid", x.At(ticks[i]), y.From, x.At(ticks[i]), y.To)
		d.Text("tick", svg.Middle, x.At(ticks[i]), y.From+16, label)
	}
	ticks = y.Ticks(6)
	names := svg.Labels(ticks)
	for i, tick := range ticks {
		d.Line("grid", x.From, y.At(tick), x.To, y.At(tick))
		d.Text("tick", svg.End, x.From-7, y.At(tick)+4, names[i])
	}
	d.Line("axis", x.From, y.From, x.To, y.From)
	d.Text("axis-name", svg.Middle, (x.From+x.To)/2, y.From+35, p.xName)
	d.VerticalText("axis-name", x.From-plotLeft+11, (y.From+y.To)/2, p.yName)
}

// lengthTicks are the lengths that were trained, the longest first, as far as their
// labels have room.
func (p *linePlot) lengthTicks(x svg.Scale) (ticks []float64) {
	const room = 48
	var lengths []float64
	for _, l := range p.lines {
		for _, at := range l.points {
			lengths = append(lengths, at.x)
		}
	}
	slices.Sort(lengths)
	for _, length := range slices.Backward(lengths) {
		if len(ticks) == 0 || x.At(ticks[len(ticks)-1])-x.At(length) >= room {
			ticks = append(ticks, length)
		}
	}
	return ticks
}

func (p *linePlot) line(d *svg.Drawing, l plotLine, x, y svg.Scale) {
	var stretch [][2]float64
	for _, at := range l.points {
		if at.absent {
			d.Path("mean "+l.class, stretch)
			stretch = nil
			continue
		}
		if !at.estimate {
			stretch = append(stretch, [2]float64{x.At(at.x), y.At(at.y)})
		}
	}
	d.Path("mean "+l.class, stretch)
	for _, at := range l.points {
		px, py := x.At(at.x), y.At(at.y)
		switch {
		case at.absent:
			continue
		case at.low < at.high:
			d.Line("interval "+l.class, px, y.At(max(at.low, y.Low)), px, y.At(min(at.high, y.High)))
		}
		switch {
		case at.ring:
			d.Circle("crossing "+l.class, px, py, 5.5, at.title)
		case p.markPoints:
			d.Circle("center "+l.class, px, py, 4, at.title)
		default:
			d.Circle("point "+l.class, px, py, 6, at.title)
		}
	}
}
