package svg

import (
	"html"
	"strconv"
)

// A Column is a place of a picture whose values show under the pointer, beside a
// vertical line.
type Column struct {
	X       float64
	Step    int // by which pictures with different axes are linked; 0: not
	Heading string
	Lines   []Reading
}

// A Reading is a line of a column.
type Reading struct{ Class, Text string }

const readingHeight = 16.0

// Readouts lays a band over every column. A band shows its values while the pointer
// is over it or after a touch; the style sheet does that, without a script. Of more
// columns than most it keeps some, evenly spaced.
func (d *Drawing) Readouts(left, right, top, bottom float64, columns []Column, most int) {
	columns = thinned(columns, most)
	for i, c := range columns {
		from, to := left, right
		if i > 0 {
			from = (columns[i-1].X + c.X) / 2
		}
		if i+1 < len(columns) {
			to = (c.X + columns[i+1].X) / 2
		}
		d.out.WriteString(`<g class="read"`)
		if c.Step != 0 {
			d.out.WriteString(` data-step="` + strconv.Itoa(c.Step) + `"`)
		}
		d.out.WriteString(">")
		d.out.WriteString(`<rect class="band" x="` + number(from) + `" y="` + number(top) + `" width="` + number(to-from) + `" height="` + number(bottom-top) + `"/>`)
		d.out.WriteString(`<g class="reading">`)
		d.Line("cursor", c.X, top, c.X, bottom)
		d.box(c, left, right, top)
		d.out.WriteString("</g></g>\n")
	}
}

// box writes the readings beside their line, on the side where there is room.
func (d *Drawing) box(c Column, left, right, top float64) {
	width := TextWidth(c.Heading)
	for _, l := range c.Lines {
		width = max(width, TextWidth(l.Text))
	}
	width += 16
	x := c.X + 8
	if x+width > right {
		x = max(c.X-8-width, left)
	}
	height := readingHeight*float64(len(c.Lines)+1) + 10
	d.out.WriteString(`<rect class="box" x="` + number(x) + `" y="` + number(top) + `" width="` + number(width) + `" height="` + number(height) + `" rx="5"/>`)
	d.out.WriteString(`<text x="` + number(x+8) + `" y="` + number(top+readingHeight) + `">` + html.EscapeString(c.Heading))
	for _, l := range c.Lines {
		d.out.WriteString(`<tspan class="` + l.Class + `" x="` + number(x+8) + `" dy="` + number(readingHeight) + `">` + html.EscapeString(l.Text) + `</tspan>`)
	}
	d.out.WriteString("</text>")
}

// thinned keeps some columns, evenly spaced, and always the last one.
func thinned(columns []Column, most int) []Column {
	if len(columns) <= most {
		return columns
	}
	var kept []Column
	for i := range most {
		kept = append(kept, columns[(i+1)*len(columns)/most-1])
	}
	return kept
}
