package report

import (
	"fmt"
	"html/template"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

const windowsHeight = 210.0

// windowTable is the operator of one variant: how many positions each channel looks
// at.
type windowTable struct {
	label, class string
	spec         wavelet.Spec
	levels       []summary.Level
}

// windowTables lists the variants whose operators have windows of more than one
// position.
func windowTables(s *summary.Summary, all []series) []windowTable {
	var tables []windowTable
	for _, v := range all {
		spec, err := wavelet.Parse(v.runs[0].Variant)
		m := s.ModelOf(v.label)
		if err != nil || m == nil {
			continue
		}
		if t := (windowTable{v.label, v.class, spec, m.Levels}); t.largest() > 1 {
			tables = append(tables, t)
		}
	}
	return tables
}

// largest is the longest window.
func (t *windowTable) largest() (window int) {
	for _, l := range t.levels {
		window = max(window, l.Window)
	}
	return window
}

// windowFigures draws the tables, all to one scale.
func windowFigures(s *summary.Summary, all []series) []figure {
	tables := windowTables(s, all)
	largest := 1
	for _, t := range tables {
		largest = max(largest, t.largest())
	}
	var figures []figure
	for i, t := range tables {
		f := figure{Title: "Windows of " + typeset.Shorten(t.label, 40), Caption: t.caption(), CSV: windowsName}
		f.Full = len(tables)%2 == 1 && i == len(tables)-1
		width := halfWidth
		if f.Full {
			width = fullWidth
		}
		f.Wide = t.draw(width, largest, "wide")
		f.Narrow = t.draw(narrowWidth, largest, "narrow")
		figures = append(figures, f)
	}
	return figures
}

// caption says what the positions are, and what becomes of what is computed from them.
func (t *windowTable) caption() string {
	switch t.spec.Mix {
	case wavelet.MixAdd:
		return t.positions() + " What is computed is added to the channel."
	case wavelet.MixGate:
		return t.positions() + " A learned gate of each level mixes what is computed with the channel."
	}
	return t.positions()
}

func (t *windowTable) positions() string {
	switch t.spec.Kind {
	case wavelet.Shift:
		return "The upper channels hold the values of the position before; the others pass."
	case wavelet.Taps:
		return "Channels above 1 hold the value from (n − 1) positions back; the others pass."
	case wavelet.Learned, wavelet.Conv:
		return "Positions, up to the present one, in the learned sum of each channel."
	}
	d := t.spec.Delay
	outside := fmt.Sprintf("the last %d are", d)
	if d == 1 {
		outside = "the present one is"
	}
	switch {
	case t.spec.Kind == wavelet.Dyadic || t.spec.Kind == wavelet.Windows:
		return "Positions back to the start of each channel's window, which may end before the present one."
	case t.spec.Detail && d > 0:
		return "Positions back to the start of each channel's window; " + outside + " not in its difference of means."
	case t.spec.Detail:
		return "Positions, up to the present one, in the difference of means of each channel."
	case d > 0:
		return "Positions back to the start of each channel's window; " + outside + " not in its mean."
	}
	return "Positions, up to the present one, in the mean of each channel."
}

// draw makes a bar for every level, on a logarithmic scale.
func (t *windowTable) draw(width float64, largest int, class string) template.HTML {
	const left, right, top, bottom = 50.0, 14.0, 10.0, 42.0
	d := svg.New(width, windowsHeight, class, "Windows of "+t.label)
	x := svg.NewScale(0, float64(t.levels[len(t.levels)-1].To), left, width-right, false)
	y := svg.NewScale(1, float64(largest), windowsHeight-bottom, top, true)
	levels := 0
	for power := 1; power <= largest; power *= 2 {
		levels++
	}
	every := (levels + 6) / 7 // at most seven lines
	for i, power := 0, 1; power <= largest; i, power = i+1, 2*power {
		if i%every == 0 {
			at := y.At(float64(power))
			d.Line("grid", x.From, at, x.To, at)
			d.Text("tick", svg.End, x.From-7, at+4, typeset.Count(float64(power)))
		}
	}
	for _, l := range t.levels {
		bar := "bar " + t.class
		if l.Window <= 1 {
			bar += " pass"
		}
		// A bar of one position has no height on this scale, and a gap makes
		// levels of one channel countable.
		at := min(y.At(float64(max(l.Window, 1))), y.From-2)
		from, to := x.At(float64(l.From)), x.At(float64(l.To))
		d.Rect(bar, from, at, to-from-min(1, 0.2*(to-from)), y.From-at, t.title(l.From, l.To-1, l.Window))
	}
	ticks := x.Ticks(6)
	for i, label := range svg.Labels(ticks) {
		d.Text("tick", svg.Middle, x.At(ticks[i]), y.From+16, label)
	}
	d.Line("axis", x.From, y.From, x.To, y.From)
	d.Text("axis-name", svg.Middle, (x.From+x.To)/2, y.From+35, "channel")
	d.VerticalText("axis-name", 11, (y.From+y.To)/2, "positions")
	return d.Finish()
}

// title is the text that a bar shows when it is hovered.
func (t *windowTable) title(first, last, positions int) string {
	channels := fmt.Sprintf("Channels %d to %d", first, last)
	if first == last {
		channels = fmt.Sprintf("Channel %d", first)
	}
	switch {
	case positions == 0:
		return channels + ": all positions so far"
	case positions == 1:
		return channels + ": the present position"
	case t.spec.Kind == wavelet.Shift:
		return channels + ": the position before"
	}
	return fmt.Sprintf("%s: %s positions", channels, typeset.Count(float64(positions)))
}
