package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
)

// startShare is the share of the horizontal axis whose losses do not decide
// where a linear picture ends at the top: the first steps fall from the loss of
// an untrained model and would squeeze everything else.
const startShare = 0.04

// curvesOver describes validation loss drawn over one axis.
type curvesOver struct {
	id    string
	title string
	axis  compare.Axis
	log   bool // both axes logarithmic
	full  bool
	label string
	unit  float64 // one unit of the label, in units of the axis
}

// curveFigures are the pictures of the curves: all four axes, and steps once
// more on logarithmic axes, where a constant speed-up is a constant shift.
func curveFigures(s *compare.Summary, all []series, prefix string) []figure {
	timeLabel, timeUnit := timeAxis(all)
	axes := []curvesOver{
		{"steps", "Loss over steps", compare.Steps, false, true, "training steps", 1},
		{"seconds", "Loss over time", compare.Seconds, false, false, timeLabel, timeUnit},
		{"flops", "Loss over FLOPs", compare.FLOPs, false, false, "training FLOPs", 1},
		{"tokens", "Loss over tokens", compare.TrainedTokens, false, false, "training tokens", 1},
		{"log-steps", "Loss over steps, logarithmic", compare.Steps, true, false, "training steps", 1},
	}
	var figures []figure
	for _, over := range axes {
		drawn := over.drawable(all)
		if len(drawn) == 0 {
			continue
		}
		over.id = prefix + over.id
		f := figure{Title: over.title, Full: over.full, CSV: CurvesName}
		width, height := halfWidth, halfHeight
		if over.full {
			width, height = fullWidth, fullHeight
		}
		f.Wide = (&curvesPicture{curvesOver: over, s: s, series: drawn, width: width, height: height, class: "wide"}).draw()
		f.Narrow = (&curvesPicture{curvesOver: over, s: s, series: drawn, width: narrowWidth, height: narrowHeight, class: "narrow"}).draw()
		figures = append(figures, f)
	}
	return figures
}

// timeAxis picks a unit in which the longest run is a number of two digits.
func timeAxis(all []series) (label string, unit float64) {
	longest := 0.0
	for _, v := range all {
		for _, r := range v.runs {
			if n := len(r.Curve); n > 0 {
				longest = max(longest, r.Curve[n-1].Seconds)
			}
		}
	}
	switch {
	case longest > 3*3600:
		return "training time in hours", 3600
	case longest > 180:
		return "training time in minutes", 60
	default:
		return "training time in seconds", 1
	}
}

// drawable lists the variants whose runs got anywhere on the axis.
func (o *curvesOver) drawable(all []series) (list []series) {
	for _, v := range all {
		missing := func(r *compare.Run) bool {
			n := len(r.Curve)
			return r.Status == compare.Finished && n > 0 && !(o.axis.Of(r.Curve[n-1]) > 0)
		}
		begun := func(r *compare.Run) bool { return len(r.Curve) > 0 }
		if slices.ContainsFunc(v.runs, begun) && !slices.ContainsFunc(v.runs, missing) {
			list = append(list, v)
		}
	}
	return list
}

// curvesPicture is one size of one figure.
type curvesPicture struct {
	curvesOver
	s             *compare.Summary
	series        []series
	width, height float64
	class         string

	x, y scale
	d    *drawing
}

func (p *curvesPicture) place(point compare.Point) float64 { return p.axis.Of(point) / p.unit }

func (p *curvesPicture) loss(point compare.Point) float64 { return p.s.Data.Bits(point.Loss) }

func (p *curvesPicture) draw() template.HTML {
	p.d = newDrawing(p.width, p.height, p.class, fmt.Sprintf("%s: validation loss in bits per %s", p.title, p.s.Data.Unit))
	const left, right, bottom = 50.0, 20.0, 42.0 // right: half of the last tick
	top := p.d.legend(left, 0, p.width-left-right, p.series) + 12
	p.scales(left, p.width-right, p.height-bottom, top)
	p.grid()
	p.d.clip("clip-"+p.id+"-"+p.class, left, top-4, p.width-left-right, p.height-bottom-top+8)
	levels := p.levels()
	for _, l := range levels {
		p.d.line("level "+l.class, p.x.from, p.y.at(l.loss), p.x.to, p.y.at(l.loss))
	}
	p.curves()
	p.d.endClip()
	for i, l := range levels {
		at, anchor, shift := p.x.to-4, end, -6.0
		if l.left {
			at, anchor = p.x.from+6, start
		}
		if i > 0 && math.Abs(p.y.at(l.loss)-p.y.at(levels[0].loss)) < 30 {
			shift = 15
		}
		p.d.text("remark", anchor, at, p.y.at(l.loss)+shift, l.label)
	}
	p.crossings()
	p.d.readouts(p.x.from, p.x.to, p.y.to, p.y.from, p.columns(), mostColumns(p.width))
	return p.d.finish()
}

// scales fits the axes to the curves.
func (p *curvesPicture) scales(left, right, bottom, top float64) {
	xLow, xHigh := math.Inf(1), 0.0
	p.each(func(point compare.Point) {
		x := p.place(point)
		xHigh = max(xHigh, x)
		if x > 0 {
			xLow = min(xLow, x)
		}
	})
	low, high := math.Inf(1), math.Inf(-1)
	p.each(func(point compare.Point) {
		loss := p.loss(point)
		low = min(low, loss)
		if p.log || p.place(point) >= startShare*xHigh {
			high = max(high, loss)
		}
	})
	for _, l := range p.levels() {
		low, high = min(low, l.loss), max(high, l.loss)
	}
	if !p.log {
		xLow = 0
	}
	pad := 0.06 * (high - low)
	if p.log && low > 0 {
		p.x = newScale(xLow, xHigh, left, right, true)
		p.y = newScale(low*math.Pow(high/low, -0.06), high*math.Pow(high/low, 0.06), bottom, top, true)
		return
	}
	p.log = false
	p.x = newScale(0, xHigh, left, right, false)
	p.y = newScale(low-pad, high+pad, bottom, top, false)
}

// each visits every point of every run.
func (p *curvesPicture) each(visit func(compare.Point)) {
	for _, v := range p.series {
		for _, r := range v.runs {
			for _, point := range r.Curve {
				visit(point)
			}
		}
	}
}

// grid draws both axes with their ticks.
func (p *curvesPicture) grid() {
	count := 5
	if p.width > halfWidth {
		count = 8
	}
	ticks := p.x.ticks(count)
	for i, label := range labels(ticks) {
		x := p.x.at(ticks[i])
		p.d.line("grid", x, p.y.from, x, p.y.to)
		p.d.text("tick", middle, x, p.y.from+16, label)
	}
	ticks = p.y.ticks(6)
	if p.log {
		// A loss spans less than a decade: round values, logarithmic places.
		ticks = newScale(p.y.low, p.y.high, 0, 1, false).ticks(6)
	}
	for i, label := range labels(ticks) {
		y := p.y.at(ticks[i])
		p.d.line("grid", p.x.from, y, p.x.to, y)
		p.d.text("tick", end, p.x.from-7, y+4, label)
	}
	p.d.line("axis", p.x.from, p.y.from, p.x.to, p.y.from)
	p.d.text("axis-name", middle, (p.x.from+p.x.to)/2, p.y.from+35, p.label)
	p.d.verticalText("axis-name", 11, (p.y.from+p.y.to)/2, "bits per "+p.s.Data.Unit)
}
