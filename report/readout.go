package report

import "html"

// A column is one place of a picture that can be read: under the pointer its
// values show beside a line.
type column struct {
	x       float64
	heading string
	lines   []reading
}

type reading struct{ class, text string }

const readingHeight = 16.0

// readouts lays a band over every column. A band shows what it says while the
// pointer is over it or a finger has touched it; the style sheet does that, so
// that the page needs no script. At most most columns are kept.
func (d *drawing) readouts(left, right, top, bottom float64, columns []column, most int) {
	columns = thinned(columns, most)
	for i, c := range columns {
		from, to := left, right
		if i > 0 {
			from = (columns[i-1].x + c.x) / 2
		}
		if i+1 < len(columns) {
			to = (c.x + columns[i+1].x) / 2
		}
		d.out.WriteString(`<g class="read">`)
		d.out.WriteString(`<rect class="band" x="` + number(from) + `" y="` + number(top) + `" width="` + number(to-from) + `" height="` + number(bottom-top) + `"/>`)
		d.out.WriteString(`<g class="reading">`)
		d.line("cursor", c.x, top, c.x, bottom)
		d.box(c, left, right, top)
		d.out.WriteString("</g></g>\n")
	}
}

// box writes the readings beside their line, on the side where there is room.
func (d *drawing) box(c column, left, right, top float64) {
	width := textWidth(c.heading)
	for _, l := range c.lines {
		width = max(width, textWidth(l.text))
	}
	width += 16
	x := c.x + 8
	if x+width > right {
		x = max(c.x-8-width, left)
	}
	height := readingHeight*float64(len(c.lines)+1) + 10
	d.out.WriteString(`<rect class="box" x="` + number(x) + `" y="` + number(top) + `" width="` + number(width) + `" height="` + number(height) + `" rx="5"/>`)
	d.out.WriteString(`<text x="` + number(x+8) + `" y="` + number(top+readingHeight) + `">` + html.EscapeString(c.heading))
	for _, l := range c.lines {
		d.out.WriteString(`<tspan class="` + l.class + `" x="` + number(x+8) + `" dy="` + number(readingHeight) + `">` + html.EscapeString(l.text) + `</tspan>`)
	}
	d.out.WriteString("</text>")
}

// thinned keeps columns evenly, the last one always.
func thinned(columns []column, most int) []column {
	if len(columns) <= most {
		return columns
	}
	var kept []column
	for i := range most {
		kept = append(kept, columns[(i+1)*len(columns)/most-1])
	}
	return kept
}

// mostColumns is how many columns of a picture can be hit.
func mostColumns(width float64) int {
	if width > halfWidth {
		return 60
	}
	return 30
}
