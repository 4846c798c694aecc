package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/summary"
)

// startShare is the share of the horizontal axis whose losses do not count for the
// top of a linear picture. The first steps fall from the loss of an untrained model
// and would squeeze everything else.
const startShare = 0.04

// curvesOver describes validation loss drawn over one axis.
type curvesOver struct {
	id    string
	title string
	axis  summary.Axis
	log   bool // both axes logarithmic
	full  bool
	label string
	unit  float64 // one unit of the label, in units of the axis
}

// curveFigures draws the curves over all four axes, and over steps on logarithmic
// axes, where a constant speed-up is a constant shift.
func curveFigures(s *summary.Summary, all []series, prefix string) []figure {
	timeLabel, timeUnit := timeAxis(all)
	axes := []curvesOver{
		{"steps", "Loss over steps", summary.Steps, false, true, "training steps", 1},
		{"seconds", "Loss over time", summary.Seconds, false, false, timeLabel, timeUnit},
		{"flops", "Loss over FLOPs", summary.FLOPs, false, false, "training FLOPs", 1},
		{"tokens", "Loss over tokens", summary.TrainedTokens, false, false, "training tokens", 1},
		{"log-steps", "Loss over steps, logarithmic", summary.Steps, true, false, "training steps", 1},
	}
	var figures []figure
	for _, over := range axes {
		drawn := over.drawable(all)
		if len(drawn) == 0 {
			continue
		}
		over.id = prefix + over.id
		f := figure{Title: over.title, Full: over.full, CSV: curvesName}
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

// timeAxis picks a unit that gives the longest run about two digits.
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

// drawable lists the variants whose runs were measured on the axis.
func (o *curvesOver) drawable(all []series) (list []series) {
	for _, v := range all {
		missing := func(r *summary.Run) bool {
			n := len(r.Curve)
			return r.Status == summary.Finished && n > 0 && !(o.axis.Of(r.Curve[n-1]) > 0)
		}
		begun := func(r *summary.Run) bool { return len(r.Curve) > 0 }
		if slices.ContainsFunc(v.runs, begun) && !slices.ContainsFunc(v.runs, missing) {
			list = append(list, v)
		}
	}
	return list
}

// curvesPicture is one size of one figure.
type curvesPicture struct {
	curvesOver
	s             *summary.Summary
	series        []series
	width, height float64
	class         string

	x, y svg.Scale
	d    *svg.Drawing
}

func (p *curvesPicture) place(point summary.Point) float64 { return p.axis.Of(point) / p.unit }

func (p *curvesPicture) loss(point summary.Point) float64 { return p.s.Data.Bits(point.Loss) }

func (p *curvesPicture) draw() template.HTML {
	p.d = svg.New(p.width, p.height, p.class, fmt.Sprintf("%s: validation loss in bits per %s", p.title, p.s.Data.Unit))
	const left, right, bottom = 50.0, 20.0, 42.0 // right: half of the last tick
	top := drawLegend(p.d, left, 0, p.width-left-right, p.series) + 12
	p.scales(left, p.width-right, p.height-bottom, top)
	p.scales(max(left, p.labelWidth()+24), p.width-right, p.height-bottom, top) // 24: the name of the axis
	p.grid()
	p.d.Clip("clip-"+p.id+"-"+p.class, p.x.From, top-4, p.x.To-p.x.From, p.height-bottom-top+8)
	levels := p.levels()
	for _, l := range levels {
		p.d.Line("level "+l.class, p.x.From, p.y.At(l.loss), p.x.To, p.y.At(l.loss))
	}
	p.curves()
	p.drops()
	p.d.End()
	p.d.Group("inside pinned")
	for i, l := range levels {
		at, anchor, shift := p.x.To-4, svg.End, -6.0
		if l.left {
			at, anchor = p.x.From+6, svg.Start
		}
		if i > 0 && math.Abs(p.y.At(l.loss)-p.y.At(levels[0].loss)) < 30 {
			shift = 15
		}
		p.d.Text("remark", anchor, at, p.y.At(l.loss)+shift, l.label)
	}
	p.d.End()
	p.d.Group("inside")
	p.crossings()
	p.d.End()
	p.d.Readouts(p.x.From, p.x.To, p.y.To, p.y.From, p.columns(), mostColumns(p.width))
	return p.d.Finish()
}

// scales fits the axes to the curves.
func (p *curvesPicture) scales(left, right, bottom, top float64) {
	xLow, xHigh := math.Inf(1), 0.0
	p.each(func(point summary.Point) {
		x := p.place(point)
		xHigh = max(xHigh, x)
		if x > 0 {
			xLow = min(xLow, x)
		}
	})
	low, high := math.Inf(1), math.Inf(-1)
	p.each(func(point summary.Point) {
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
		p.x = svg.NewScale(xLow, xHigh, left, right, true)
		p.y = svg.NewScale(low*math.Pow(high/low, -0.06), high*math.Pow(high/low, 0.06), bottom, top, true)
		return
	}
	p.log = false
	p.x = svg.NewScale(0, xHigh, left, right, false)
	p.y = svg.NewScale(low-pad, high+pad, bottom, top, false)
}

// each visits every point of every run.
func (p *curvesPicture) each(visit func(summary.Point)) {
	for _, v := range p.series {
		for _, r := range v.runs {
			for _, point := range r.Curve {
				visit(point)
			}
		}
	}
}

// lossTicks are the ticks of the vertical axis. A loss spans less than a decade: also a
// logarithmic axis has round values.
func (p *curvesPicture) lossTicks() []float64 {
	return svg.NewScale(p.y.Low, p.y.High, 0, 1, false).Ticks(6)
}

// labelWidth is the width of the longest label of the vertical axis.
func (p *curvesPicture) labelWidth() (width float64) {
	for _, label := range svg.Labels(p.lossTicks()) {
		width = max(width, svg.TextWidth(label))
	}
	return width
}

// grid draws both axes with their ticks.
func (p *curvesPicture) grid() {
	count := 5
	if p.width > halfWidth {
		count = 8
	}
	p.d.Ticks(p.x, p.y)
	ticks := p.x.Ticks(count)
	for i, label := range svg.Labels(ticks) {
		x := p.x.At(ticks[i])
		p.d.Line("grid", x, p.y.From, x, p.y.To)
		p.d.Text("tick", svg.Middle, x, p.y.From+16, label)
	}
	ticks = p.lossTicks()
	for i, label := range svg.Labels(ticks) {
		y := p.y.At(ticks[i])
		p.d.Line("grid", p.x.From, y, p.x.To, y)
		p.d.Text("tick", svg.End, p.x.From-7, y+4, label)
	}
	p.d.Line("axis", p.x.From, p.y.From, p.x.To, p.y.From)
	p.d.End()
	p.d.Text("axis-name", svg.Middle, (p.x.From+p.x.To)/2, p.y.From+35, p.label)
	p.d.VerticalText("axis-name", 11, (p.y.From+p.y.To)/2, "bits per "+p.s.Data.Unit)
}
