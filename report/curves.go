package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/waveletgpt/waveletgpt/compare"
)

// startShare is the share of the horizontal axis whose losses do not decide
// where a linear picture ends at the top: the first steps fall from the loss of
// an untrained model and would squeeze everything else.
const startShare = 0.02

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
func curveFigures(s *compare.Summary, all []series) []figure {
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
		if !over.drawable(all) {
			continue
		}
		f := figure{Title: over.title, Full: over.full}
		width, height := halfWidth, halfHeight
		if over.full {
			width, height = fullWidth, fullHeight
		}
		f.Wide = (&curvesPicture{curvesOver: over, s: s, series: all, width: width, height: height, class: "wide"}).draw()
		f.Narrow = (&curvesPicture{curvesOver: over, s: s, series: all, width: narrowWidth, height: narrowHeight, class: "narrow"}).draw()
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

// drawable says whether the runs got anywhere on the axis.
func (o *curvesOver) drawable(all []series) bool {
	for _, v := range all {
		for _, r := range v.runs {
			if n := len(r.Curve); n > 0 && o.axis.Of(r.Curve[n-1]) > 0 {
				return true
			}
		}
	}
	return false
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
	const left, right, bottom = 50.0, 14.0, 42.0
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
		p.d.text("note", anchor, at, p.y.at(l.loss)+shift, l.label)
	}
	p.crossings()
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

// level is a horizontal line with its name.
type level struct {
	class string
	loss  float64 // bits per unit
	label string
	left  bool // the label's side, away from the curves
}

// levels are the bigram entropy and the baseline's best loss. Where they are
// close, the second label goes below its line.
func (p *curvesPicture) levels() []level {
	var out []level
	if entropy := p.s.Data.Entropy.Bigram; entropy != nil {
		bits := p.s.Data.Bits(*entropy)
		out = append(out, level{"entropy", bits, fmt.Sprintf("bigram entropy %.3f", bits), p.log})
	}
	if loss := baselineLoss(p.s); loss != nil {
		bits := p.s.Data.Bits(*loss)
		out = append(out, level{"best s0", bits, fmt.Sprintf("best of %s %.3f", shorten(p.s.Baseline, 16), bits), true})
	}
	return out
}

// baselineLoss is the level that the comparisons share; where they paired
// different seeds, that of the first.
func baselineLoss(s *compare.Summary) *float64 {
	for i := range s.Comparisons {
		if loss := s.Comparisons[i].BaselineLoss; loss != nil {
			return loss
		}
	}
	return nil
}

// curves draws every run thinly and every mean over it.
func (p *curvesPicture) curves() {
	for _, v := range p.series {
		for _, r := range v.runs {
			class := "run"
			if r.Status != compare.Finished {
				class = "run lost"
			} else if len(v.runs) == 1 {
				continue // its mean is the same line
			}
			points := p.points(r.Curve)
			p.d.path(class+" "+v.class, points)
			if n := len(points); n > 0 && r.Status == compare.Diverged {
				p.d.circle("lost "+v.class, points[n-1][0], points[n-1][1], 4,
					fmt.Sprintf("%s, seed %d, diverged after step %d", v.label, r.Seed, r.Curve[len(r.Curve)-1].Step))
			}
		}
	}
	// The baseline last: it is what the others are read against.
	for i := len(p.series) - 1; i >= 0; i-- {
		v := p.series[i]
		points := p.points(v.mean)
		p.d.path("mean "+v.class, points)
		visible := v.mean[len(v.mean)-len(points):]
		for j, at := range points {
			p.d.circle("point "+v.class, at[0], at[1], 5, fmt.Sprintf("%s, step %s: %.3f bits, %.3f nats",
				v.label, compare.Count(float64(visible[j].Step)), p.loss(visible[j]), visible[j].Loss))
		}
	}
}

// points places a curve. A logarithmic axis has no place for its first points
// at zero.
func (p *curvesPicture) points(curve []compare.Point) [][2]float64 {
	var out [][2]float64
	for _, point := range curve {
		if x := p.place(point); !p.log || x > 0 {
			out = append(out, [2]float64{p.x.at(x), p.y.at(p.loss(point))})
		}
	}
	return out
}

// crossings marks where each variant comes to the baseline's best loss.
func (p *curvesPicture) crossings() {
	for _, v := range p.series {
		if v.against == nil || v.against.StepsSaved == nil {
			continue
		}
		c := v.against
		at, ok := p.atStep(v.mean, *c.StepsToBaselineLoss.Mean)
		if !ok {
			continue
		}
		x, y := p.x.at(at), p.y.at(p.s.Data.Bits(*c.BaselineLoss))
		p.d.line("drop "+v.class, x, y, x, p.y.from)
		p.d.circle("crossing "+v.class, x, y, 4.5, fmt.Sprintf("%s reaches the baseline's best loss at step %s, in %s of the steps",
			v.label, compare.Count(*c.StepsToBaselineLoss.Mean), compare.Percent(1-*c.StepsSaved)))
	}
}

// atStep returns the place on the axis of a step between two evaluations.
func (p *curvesPicture) atStep(curve []compare.Point, step float64) (place float64, ok bool) {
	for i, point := range curve {
		if float64(point.Step) < step {
			continue
		}
		place = p.place(point)
		if i > 0 {
			before := curve[i-1]
			fraction := (step - float64(before.Step)) / float64(point.Step-before.Step)
			place = p.place(before) + fraction*(place-p.place(before))
		}
		return place, !p.log || place > 0
	}
	return 0, false
}
