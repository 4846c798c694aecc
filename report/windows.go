package report

import (
	"fmt"
	"html/template"
	"maps"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

const (
	windowsHeight = 210.0
	maxChannels   = 1 << 14 // no model is wider; a damaged summary may say anything
)

// windowTable is one variant's operator: how many positions each channel looks
// at.
type windowTable struct {
	label, class string
	spec         wavelet.Spec
	windows      []int
}

// windowTables lists the variants whose operators have windows. A configuration
// that cannot be read gives none: the page says it in words all the same.
func windowTables(s *compare.Summary, all []series) []windowTable {
	base := config.Earlier()
	if base.Merge("configuration", []byte(s.Configuration)) != nil {
		return nil
	}
	var tables []windowTable
	for _, v := range all {
		spec, err := wavelet.Parse(v.runs[0].Variant)
		if err != nil {
			continue
		}
		c := base
		for _, key := range slices.Sorted(maps.Keys(v.runs[0].Set)) {
			if err = c.Set(fmt.Sprintf("%s=%v", key, v.runs[0].Set[key])); err != nil {
				break
			}
		}
		if m := c.Model; err != nil || m.Validate() != nil || m.Width > maxChannels {
			continue
		}
		windows := spec.New(c.Model.Width, c.Model.Context).Windows()
		if slices.Max(windows) > 1 {
			tables = append(tables, windowTable{v.label, v.class, spec, windows})
		}
	}
	return tables
}

// windowFigures draws the tables, all to one scale.
func windowFigures(s *compare.Summary, all []series) []figure {
	tables := windowTables(s, all)
	largest := 1
	for _, t := range tables {
		largest = max(largest, slices.Max(t.windows))
	}
	var figures []figure
	for i, t := range tables {
		f := figure{Title: "Windows of " + shorten(t.label, 40), Caption: t.caption(), CSV: WindowsName}
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

func (t *windowTable) caption() string {
	switch t.spec.Kind {
	case wavelet.Shift:
		return "The upper channels hold the values of the position before; the others pass."
	case wavelet.Taps:
		return "Each channel above 1 holds the value of the earliest of so many positions up to the present one; the others pass."
	case wavelet.Learned, wavelet.Conv:
		return "How many positions, up to the present one, each channel's output is a learned sum of."
	}
	if d := t.spec.Delay; d > 0 {
		return fmt.Sprintf("How many positions back, the present one included, each channel's output reaches: it is a mean of all of them but the last %d.", d)
	}
	return "How many positions, up to the present one, each channel's output is a mean of."
}

// draw makes a bar for every run of channels with equal windows, on a
// logarithmic scale.
func (t *windowTable) draw(width float64, largest int, class string) template.HTML {
	const left, right, top, bottom = 50.0, 14.0, 10.0, 42.0
	d := newDrawing(width, windowsHeight, class, "Windows of "+t.label)
	x := newScale(0, float64(len(t.windows)), left, width-right, false)
	y := newScale(1, float64(largest), windowsHeight-bottom, top, true)
	levels := 0
	for power := 1; power <= largest; power *= 2 {
		levels++
	}
	every := (levels + 6) / 7 // at most seven lines
	for i, power := 0, 1; power <= largest; i, power = i+1, 2*power {
		if i%every == 0 {
			at := y.at(float64(power))
			d.line("grid", x.from, at, x.to, at)
			d.text("tick", end, x.from-7, at+4, compare.Count(float64(power)))
		}
	}
	for first, next := 0, 0; first < len(t.windows); first = next {
		for next = first; next < len(t.windows) && t.windows[next] == t.windows[first]; next++ {
		}
		w := t.windows[first]
		bar := "bar " + t.class
		if w <= 1 {
			bar += " pass"
		}
		// A bar of one position has no height on this scale, and a gap makes
		// levels of one channel countable.
		at := min(y.at(float64(max(w, 1))), y.from-2)
		from, to := x.at(float64(first)), x.at(float64(next))
		d.rect(bar, from, at, to-from-min(1, 0.2*(to-from)), y.from-at, t.title(first, next-1, w))
	}
	ticks := x.ticks(6)
	for i, label := range labels(ticks) {
		d.text("tick", middle, x.at(ticks[i]), y.from+16, label)
	}
	d.line("axis", x.from, y.from, x.to, y.from)
	d.text("axis-name", middle, (x.from+x.to)/2, y.from+35, "channel")
	d.verticalText("axis-name", 11, (y.from+y.to)/2, "positions")
	return d.finish()
}

// title is what a bar says when it is hovered.
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
	return fmt.Sprintf("%s: %s positions", channels, compare.Count(float64(positions)))
}
