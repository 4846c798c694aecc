package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// level is a horizontal line with its name.
type level struct {
	class string
	loss  float64 // bits per unit
	label string
	left  bool // the label is on the left, away from the curves
}

// levels are the bigram entropy and the baseline's best loss. If they are close,
// the second label goes below its line.
func (p *curvesPicture) levels() []level {
	var out []level
	if entropy := p.s.Data.Entropy.Bigram; entropy != nil {
		bits := p.s.Data.Bits(*entropy)
		out = append(out, level{"entropy", bits, fmt.Sprintf("bigram entropy %.3f", bits), p.log})
	}
	if loss := baselineLoss(p.s); loss != nil {
		bits := p.s.Data.Bits(*loss)
		out = append(out, level{"best s0", bits, fmt.Sprintf("best of %s %.3f", typeset.Shorten(p.s.Baseline, 16), bits), true})
	}
	// Other windows would have another loss.
	if r := p.s.FinalReference(); r != nil && p.s.Windows.Final == 0 {
		bits := p.s.Data.Bits(r.Loss)
		out = append(out, level{"entropy", bits, fmt.Sprintf("%s %.3f", r.Name, bits), !p.log})
	}
	return out
}

// baselineLoss is the level that the comparisons share. If they paired different
// seeds, it is that of the first.
func baselineLoss(s *summary.Summary) *float64 {
	for i := range s.Comparisons {
		if loss := s.Comparisons[i].BaselineLoss; loss != nil {
			return loss
		}
	}
	return nil
}

// curves draws every run as a thin line and every mean over them. A narrow picture
// has no room for finished runs beside the interval of the mean.
func (p *curvesPicture) curves() {
	for _, v := range p.series {
		p.d.Series(v.label)
		for _, r := range v.runs {
			class := "run"
			if r.Status != summary.Finished {
				class = "run lost"
			} else if len(v.runs) == 1 || p.class == "narrow" && v.band != nil {
				continue // its mean is the same line, or says enough
			}
			points := p.points(r.Curve)
			p.d.Path(class+" "+v.class, points)
			if n := len(points); n > 0 && r.Status == summary.Diverged {
				p.d.Circle("lost "+v.class, points[n-1][0], points[n-1][1], 4,
					fmt.Sprintf("%s, seed %d, diverged after step %d", v.label, r.Seed, r.Curve[len(r.Curve)-1].Step))
			}
		}
		p.d.End()
	}
	// The baseline is drawn last: readers compare the others with it.
	for i := len(p.series) - 1; i >= 0; i-- {
		v := p.series[i]
		p.d.Series(v.label)
		if v.band != nil {
			low, high := slices.Clone(v.mean), slices.Clone(v.mean)
			for j, interval := range v.band {
				low[j].Loss, high[j].Loss = interval[0], interval[1]
			}
			p.d.Area("band-of-mean "+v.class, p.points(high), p.points(low))
		}
		if p.axis != summary.Seconds { // the retrained runs did not take turns with the others
			p.d.Path("mean again "+v.class, p.points(v.again))
		}
		p.d.Path("mean "+v.class, p.points(v.mean))
		p.d.End()
	}
}

// columns has the losses of all variants at the steps of the curves.
func (p *curvesPicture) columns() []svg.Column {
	at := map[int]svg.Column{}
	for _, v := range p.series {
		for j, point := range v.mean {
			if p.log && p.place(point) <= 0 {
				continue
			}
			c, ok := at[point.Step]
			if !ok {
				c = svg.Column{X: p.x.At(p.place(point)), Step: point.Step, Heading: "step " + typeset.Count(float64(point.Step))}
			}
			text := fmt.Sprintf("%s %.3f bits, %.3f nats", typeset.Shorten(v.label, 20), p.loss(point), point.Loss)
			if v.band != nil {
				text += fmt.Sprintf(" ± %.3f", (v.band[j][1]-v.band[j][0])/2)
			}
			c.Lines = append(c.Lines, svg.Reading{Class: v.class, Text: text})
			at[point.Step] = c
		}
	}
	var columns []svg.Column
	for _, step := range slices.Sorted(maps.Keys(at)) {
		columns = append(columns, at[step])
	}
	// Steps of variants take different times; the bands must be in order.
	slices.SortStableFunc(columns, func(a, b svg.Column) int { return cmp.Compare(a.X, b.X) })
	return columns
}

// points returns the places of a curve's points. A logarithmic axis has none for
// points at zero.
func (p *curvesPicture) points(curve []summary.Point) [][2]float64 {
	var out [][2]float64
	for _, point := range curve {
		if x := p.place(point); !p.log || x > 0 {
			out = append(out, [2]float64{p.x.At(x), p.y.At(p.loss(point))})
		}
	}
	return out
}

// drops draws a line from each crossing to the axis.
func (p *curvesPicture) drops() {
	p.eachCrossing(func(v *series, x, y float64) {
		p.d.Line("drop "+v.class, x, y, x, p.y.From)
	})
}

// crossings marks where each variant reaches the baseline's best loss.
func (p *curvesPicture) crossings() {
	p.eachCrossing(func(v *series, x, y float64) {
		p.d.Circle("crossing "+v.class, x, y, 4.5, fmt.Sprintf("%s crosses the baseline's best loss at step %s",
			v.label, typeset.Count(*v.against.StepsToBaselineLoss.Mean)))
	})
}

// eachCrossing visits the places of the crossings, in the groups of their variants.
func (p *curvesPicture) eachCrossing(draw func(v *series, x, y float64)) {
	for i := range p.series {
		v := &p.series[i]
		if v.against == nil || v.against.StepsSaved == nil {
			continue
		}
		c := v.against
		at, ok := p.atStep(v.mean, *c.StepsToBaselineLoss.Mean)
		if !ok {
			continue
		}
		p.d.Series(v.label)
		draw(v, p.x.At(at), p.y.At(p.s.Data.Bits(*c.BaselineLoss)))
		p.d.End()
	}
}

// atStep returns the place on the axis of a step between two evaluations.
func (p *curvesPicture) atStep(curve []summary.Point, step float64) (place float64, ok bool) {
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
