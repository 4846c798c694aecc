package report

import (
	"html/template"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Sizes of pictures, in units of about a pixel. A narrow one is drawn separately, so
// that its text is legible on a phone.
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

// A figure is one picture in two sizes; the style sheet shows one of them.
type figure struct {
	Title   string
	Caption string
	Full    bool   // as wide as the page
	Lone    bool   // the last of an odd number of half width
	CSV     string // the file with its numbers
	Command string // repeats the comparison
	Wide    template.HTML
	Narrow  template.HTML
}

// drawLegend draws the names of series from (x, y) on, in as many lines as width
// requires, and returns their height.
func drawLegend(d *svg.Drawing, x, y, width float64, series []series) float64 {
	at, height := x, legendHeight
	for i := range series {
		s := &series[i]
		// Letters such as n and o are wider than the mean.
		label := typeset.Shorten(s.label, int(0.8*(width-legendKeyWidth)/svg.GlyphWidth))
		length := legendKeyWidth + svg.TextWidth(label) + 16
		if at > x && at+length > x+width {
			at, height = x, height+legendHeight
		}
		line := y + height - legendHeight
		d.Key(s.label, s.class)
		d.Line("mean "+s.class, at, line+legendHeight/2, at+legendKeyWidth-6, line+legendHeight/2)
		d.Text("label", svg.Start, at+legendKeyWidth, line+legendHeight/2+4, label)
		d.End()
		at += length
	}
	return height
}

// standalone is a picture as a separate file, with the style of the page.
func standalone(picture template.HTML) []byte {
	element, content, _ := strings.Cut(string(picture), "\n")
	element = strings.Replace(element, "<svg ", `<svg xmlns="http://www.w3.org/2000/svg" `, 1)
	return []byte(clean(element + "\n<style>\n" + pictureStyleText + "svg { background: var(--card); }\n</style>\n" + content + "\n"))
}

// mostColumns is how many columns of a picture a pointer can hit.
func mostColumns(width float64) int {
	if width > halfWidth {
		return 60
	}
	return 25
}
