package report

import "html/template"

// Sizes of pictures in units that are about a pixel. A narrow one is drawn
// apart, so that its text can be read on a phone.
const (
	narrowWidth    = 360.0
	narrowHeight   = 320.0
	halfWidth      = 520.0
	halfHeight     = 350.0
	fullWidth      = 1060.0
	fullHeight     = 440.0
	rowHeight      = 46.0 // of one variant in a dot plot
	legendHeight   = 20.0
	legendKeyWidth = 22.0
)

// A figure is one picture in both sizes; the style sheet shows one of them.
type figure struct {
	Title   string
	Caption string
	Full    bool   // as wide as the page
	Lone    bool   // the last of an odd number of half width
	CSV     string // the file with its numbers
	Command string // makes it again
	Wide    template.HTML
	Narrow  template.HTML
}

// legend draws the series' names from (x, y) on, in as many lines as width
// takes, and returns the height it used.
func (d *drawing) legend(x, y, width float64, series []series) float64 {
	at, height := x, legendHeight
	for i := range series {
		s := &series[i]
		label := shorten(s.label, int((width-legendKeyWidth)/(glyphWidth*fontSize)))
		length := legendKeyWidth + textWidth(label) + 16
		if at > x && at+length > x+width {
			at, height = x, height+legendHeight
		}
		line := y + height - legendHeight
		d.line("mean "+s.class, at, line+legendHeight/2, at+legendKeyWidth-6, line+legendHeight/2)
		d.text("label", start, at+legendKeyWidth, line+legendHeight/2+4, label)
		at += length
	}
	return height
}
