package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

const (
	speedUpHeight = 400.0
	stripHeight   = 7.0 // of what is missing, for each variant
)

// speedUpPicture draws how many times sooner the curve of each variant falls to a loss,
// over the losses of training from its beginning on the left to its end.
type speedUpPicture struct {
	s             *summary.Summary
	series        []series
	width, height float64
	class         string
	x, y          svg.Scale
	d             *svg.Drawing
}

func speedUpFigure(s *summary.Summary, all []series) (figure, bool) {
	var drawn []series
	for _, v := range all {
		if v.against != nil && len(v.against.SpeedUps) > 0 {
			drawn = append(drawn, v)
		}
	}
	f := figure{
		Title: "Crossings of curves, by loss", Full: true, CSV: speedUpName,
		Caption: "The step at which the curve of " + s.Baseline + " falls to a loss, divided by that of the variant. Both are in the midst of their schedules, " +
			"so this is no measure of how much faster a variant trains. Thick: mean curves; thin: single seeds; shaded: 95 % interval over seeds. " +
			"A bar at the bottom: one of the two never reaches that loss.",
	}
	if len(drawn) == 0 {
		return f, false
	}
	picture := func(width, height float64, class string) template.HTML {
		return (&speedUpPicture{s: s, series: drawn, width: width, height: height, class: class}).draw()
	}
	f.Wide, f.Narrow = picture(fullWidth, speedUpHeight, "wide"), picture(narrowWidth, narrowHeight, "narrow")
	return f, true
}

func (p *speedUpPicture) draw() template.HTML {
	p.d = svg.New(p.width, p.height, p.class, "Crossings of curves, by loss")
	const left, right, bottom = 50.0, 14.0, 42.0
	top := drawLegend(p.d, left, 0, p.width-left-right, p.series) + 12
	low, high := p.ratios()
	strips := stripHeight * float64(len(p.series))
	from, to := p.losses()
	p.x = svg.NewScale(from, to, p.width-right, left, false)
	p.y = svg.NewScale(low/1.08, high*1.08, p.height-bottom-strips, top, true)
	p.grid(p.height - bottom)
	for i, v := range p.series {
		p.d.Series(v.label)
		p.variant(v, p.height-bottom-strips+stripHeight*(float64(i)+0.5))
		p.d.End()
	}
	p.d.Readouts(left, p.width-right, top, p.height-bottom, p.columns(), mostColumns(p.width))
	return p.d.Finish()
}

// ratios is the range of what is drawn; it holds 1.
func (p *speedUpPicture) ratios() (low, high float64) {
	low, high = 1, 1
	for _, v := range p.series {
		for i := range v.against.SpeedUps {
			g := &v.against.SpeedUps[i]
			if g.Ratio != nil && *g.Ratio > 0 {
				low, high = min(low, *g.Ratio), max(high, *g.Ratio)
			}
		}
	}
	// A seed or an interval may stand out of the picture: twice the range of
	// the means is enough to see by how much they differ.
	return low / math.Sqrt2, high * math.Sqrt2
}

func (p *speedUpPicture) losses() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range p.series {
		for i := range v.against.SpeedUps {
			bits := p.s.Data.Bits(v.against.SpeedUps[i].Loss)
			low, high = min(low, bits), max(high, bits)
		}
	}
	return low, high
}

func (p *speedUpPicture) grid(bottom float64) {
	count := 5
	if p.width > halfWidth {
		count = 8
	}
	ticks := p.x.Ticks(count)
	for i, label := range svg.Labels(ticks) {
		x := p.x.At(ticks[i])
		p.d.Line("grid", x, bottom, x, p.y.To)
		p.d.Text("tick", svg.Middle, x, bottom+16, label)
	}
	ticks = p.y.Ticks(6)
	for i, label := range svg.Labels(ticks) {
		y := p.y.At(ticks[i])
		p.d.Line("grid", p.x.From, y, p.x.To, y)
		p.d.Text("tick", svg.End, p.x.To-7, y+4, label+"×")
	}
	p.d.Line("zero", p.x.From, p.y.At(1), p.x.To, p.y.At(1))
	p.d.Line("axis", p.x.From, bottom, p.x.To, bottom)
	p.d.Text("axis-name", svg.Middle, (p.x.From+p.x.To)/2, bottom+35, "validation loss, bits per "+p.s.Data.Unit)
}

// clamped places a ratio, at the picture's edge where it lies outside.
func (p *speedUpPicture) clamped(ratio float64) float64 {
	return p.y.At(min(max(ratio, p.y.Low), p.y.High))
}

// variant draws one variant. Where a ratio is missing its lines have a gap and its
// strip, at the height given, a bar.
func (p *speedUpPicture) variant(v series, strip float64) {
	grid := v.against.SpeedUps
	x := func(i int) float64 { return p.x.At(p.s.Data.Bits(grid[i].Loss)) }
	p.segments(len(grid), x, func(i int) (low, high float64, ok bool) {
		if ci := grid[i].CI95; ci != nil {
			return p.clamped(ci[0]), p.clamped(ci[1]), true
		}
		return 0, 0, false
	}, func(low, high [][2]float64) { p.d.Area("band-of-mean "+v.class, high, low) })
	line := func(class string, ratio func(i int) *float64) {
		p.segments(len(grid), x, func(i int) (float64, float64, bool) {
			r := ratio(i)
			if r == nil || !(*r > 0) {
				return 0, 0, false
			}
			return p.clamped(*r), p.clamped(*r), true
		}, func(points, _ [][2]float64) { p.d.Path(class, points) })
	}
	if n := len(v.against.Seeds); n > 1 {
		for seed := range n {
			line("run "+v.class, func(i int) *float64 { return grid[i].PerSeed[seed] })
		}
	}
	line("mean "+v.class, func(i int) *float64 { return grid[i].Ratio })
	half := math.Abs(p.x.To-p.x.From) / float64(2*len(grid))
	for i := range grid {
		if grid[i].Ratio == nil {
			p.d.Line("absent "+v.class, max(x(i)-half, p.x.To), strip, min(x(i)+half, p.x.From), strip)
		}
	}
}

// segments calls draw for every stretch without a gap.
func (p *speedUpPicture) segments(n int, x func(int) float64, value func(int) (low, high float64, ok bool), draw func(low, high [][2]float64)) {
	var lows, highs [][2]float64
	flush := func() {
		if len(lows) > 0 {
			draw(lows, highs)
		}
		lows, highs = nil, nil
	}
	for i := range n {
		low, high, ok := value(i)
		if !ok {
			flush()
			continue
		}
		lows, highs = append(lows, [2]float64{x(i), low}), append(highs, [2]float64{x(i), high})
	}
	flush()
}

// columns has the steps that each variant takes to a loss. The grids of variants differ;
// a column is one of the first variant, with the nearest of the others.
func (p *speedUpPicture) columns() []svg.Column {
	var columns []svg.Column
	first := p.series[0].against.SpeedUps
	for i := range first {
		bits := p.s.Data.Bits(first[i].Loss)
		c := svg.Column{X: p.x.At(bits), Heading: fmt.Sprintf("%.3f bits, %.3f nats", bits, first[i].Loss)}
		for _, v := range p.series {
			c.Lines = append(c.Lines, svg.Reading{Class: v.class, Text: typeset.Shorten(v.label, 20) + " " + p.words(nearest(v.against.SpeedUps, first[i].Loss))})
		}
		columns = append(columns, c)
	}
	return columns
}

func nearest(grid []summary.SpeedUp, loss float64) *summary.SpeedUp {
	best := &grid[0]
	for i := range grid {
		if math.Abs(grid[i].Loss-loss) < math.Abs(best.Loss-loss) {
			best = &grid[i]
		}
	}
	return best
}

// words describes a speed-up.
func (p *speedUpPicture) words(g *summary.SpeedUp) string {
	switch {
	case g.Ratio != nil && g.CI95 != nil:
		return fmt.Sprintf("%.2f× (%.2f to %.2f), step %s", *g.Ratio, g.CI95[0], g.CI95[1], typeset.Count(*g.Steps))
	case g.Ratio != nil:
		return fmt.Sprintf("%.2f×, step %s", *g.Ratio, typeset.Count(*g.Steps))
	case g.Steps != nil:
		return fmt.Sprintf("step %s; %s never", typeset.Count(*g.Steps), p.s.Baseline)
	}
	return "never"
}
