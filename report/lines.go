package report

import (
	"html/template"
	"math"
)

// linePlot is a picture of lines over numbers, with points that can be read.
type linePlot struct {
	title      string
	xName      string
	yName      string
	logX       bool
	lines      []plotLine
	levels     []plotLevel
	percent    bool // y is a fraction, printed as percent; the axis holds 0
	full       bool
	csv        string
	caption    string
	markPoints bool
}

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
	absent   bool // nothing was reached: a gap
	estimate bool // read off a line between points: a ring only
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
	d := newDrawing(width, height, class, p.title)
	const left, right, bottom = 54.0, 16.0, 42.0
	var legend []series
	for _, l := range p.lines {
		legend = append(legend, series{label: l.label, class: l.class})
	}
	top := d.legend(left, 0, width-left-right, legend) + 12
	x, y := p.scales(left, width-right, height-bottom, top)
	p.grid(d, x, y)
	for _, l := range p.levels {
		d.line("level best "+l.class, x.from, y.at(l.y), x.to, y.at(l.y))
		d.text("remark", end, x.to-4, y.at(l.y)-5, l.label)
	}
	for _, l := range p.lines {
		p.line(d, l, x, y)
	}
	return d.finish()
}

func (p *linePlot) scales(left, right, bottom, top float64) (x, y scale) {
	xLow, xHigh, yLow, yHigh := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, l := range p.lines {
		for _, at := range l.points {
			xLow, xHigh = min(xLow, at.x), max(xHigh, at.x)
			if at.absent {
				continue
			}
			yLow, yHigh = min(yLow, at.y), max(yHigh, at.y)
			if at.low < at.high && !p.percent {
				yLow, yHigh = min(yLow, at.low), max(yHigh, at.high)
			}
		}
	}
	for _, l := range p.levels {
		yLow, yHigh = min(yLow, l.y), max(yHigh, l.y)
	}
	if p.percent {
		yLow, yHigh = min(yLow, 0), max(yHigh, 0)
	}
	if yLow > yHigh {
		yLow, yHigh = 0, 1
	}
	pad, padX := 0.08*(yHigh-yLow), 0.03*(xHigh-xLow)
	if p.logX && xLow > 0 {
		ratio := math.Pow(xHigh/xLow, 0.03)
		return newScale(xLow/ratio, xHigh*ratio, left, right, true), newScale(yLow-pad, yHigh+pad, bottom, top, false)
	}
	return newScale(xLow-padX, xHigh+padX, left, right, false), newScale(yLow-pad, yHigh+pad, bottom, top, false)
}

func (p *linePlot) grid(d *drawing, x, y scale) {
	ticks := x.ticks(5)
	for i, label := range labels(ticks) {
		d.line("grid", x.at(ticks[i]), y.from, x.at(ticks[i]), y.to)
		d.text("tick", middle, x.at(ticks[i]), y.from+16, label)
	}
	ticks = y.ticks(6)
	names := labels(ticks)
	for i, tick := range ticks {
		if p.percent {
			names[i] = labels([]float64{math.Round(1000*tick) / 10})[0] + "\u00a0%"
		}
		d.line("grid", x.from, y.at(tick), x.to, y.at(tick))
		d.text("tick", end, x.from-7, y.at(tick)+4, names[i])
	}
	if p.percent {
		d.line("zero", x.from, y.at(0), x.to, y.at(0))
	}
	d.line("axis", x.from, y.from, x.to, y.from)
	d.text("axis-name", middle, (x.from+x.to)/2, y.from+35, p.xName)
	d.verticalText("axis-name", 11, (y.from+y.to)/2, p.yName)
}

func (p *linePlot) line(d *drawing, l plotLine, x, y scale) {
	var stretch [][2]float64
	for _, at := range l.points {
		if at.absent {
			d.path("mean "+l.class, stretch)
			stretch = nil
			continue
		}
		if !at.estimate {
			stretch = append(stretch, [2]float64{x.at(at.x), y.at(at.y)})
		}
	}
	d.path("mean "+l.class, stretch)
	for _, at := range l.points {
		px, py := x.at(at.x), y.at(at.y)
		switch {
		case at.absent:
			continue
		case at.low < at.high:
			d.line("interval "+l.class, px, y.at(max(at.low, y.low)), px, y.at(min(at.high, y.high)))
		}
		switch {
		case at.ring:
			d.circle("crossing "+l.class, px, py, 5.5, at.title)
		case p.markPoints:
			d.circle("center "+l.class, px, py, 4, at.title)
		default:
			d.circle("point "+l.class, px, py, 6, at.title)
		}
	}
}
