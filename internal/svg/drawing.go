package svg

import (
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Anchors of text: where its x is.
const (
	Start  = "start"
	Middle = "middle"
	End    = "end"
)

// GlyphWidth is the mean width of a sans-serif letter in the font size of all
// pictures, 12 units.
const GlyphWidth = 0.56 * 12

// TextWidth estimates the width of text in a figure.
func TextWidth(text string) float64 {
	return float64(utf8.RuneCountInString(text)) * GlyphWidth
}

// A Drawing writes one SVG element. It names classes instead of colours, so that a
// theme or a printer can change them. Lengths are units of its viewBox. The zero
// value collects elements that [Drawing.Append] copies into another drawing.
type Drawing struct {
	out strings.Builder
}

// New begins a picture; label is what a screen reader says.
func New(width, height float64, class, label string) *Drawing {
	d := new(Drawing)
	fmt.Fprintf(&d.out, `<svg class="%s" viewBox="0 0 %s %s" role="img" aria-label="%s">`+"\n",
		class, number(width), number(height), html.EscapeString(label))
	return d
}

// Finish closes the picture and returns it.
func (d *Drawing) Finish() template.HTML {
	d.out.WriteString("</svg>")
	return template.HTML(d.out.String())
}

// Append copies the elements of another drawing.
func (d *Drawing) Append(elements *Drawing) { d.out.WriteString(elements.out.String()) }

// Image draws a PNG that fills a rectangle.
func (d *Drawing) Image(x, y, width, height float64, png []byte) {
	fmt.Fprintf(&d.out, `<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" href="data:image/png;base64,%s"/>`+"\n",
		number(x), number(y), number(width), number(height), base64.StdEncoding.EncodeToString(png))
}

// Shade fills a rectangle with an opacity from 0 to 1 over an opaque one of class
// heat; its title shows when it is hovered.
func (d *Drawing) Shade(class string, opacity, x, y, width, height float64, title string) {
	place := fmt.Sprintf(`x="%s" y="%s" width="%s" height="%s"`, number(x), number(y), number(width), number(height))
	fmt.Fprintf(&d.out, `<rect class="heat" %s/><rect class="%s" fill-opacity="%.2f" %s><title>%s</title></rect>`+"\n",
		place, class, opacity, place, html.EscapeString(title))
}

// Clip begins a group of class inside that is cut off at a rectangle; id is unique on
// the page.
func (d *Drawing) Clip(id string, x, y, width, height float64) {
	fmt.Fprintf(&d.out, `<clipPath id="%s"><rect x="%s" y="%s" width="%s" height="%s"/></clipPath><g class="inside" clip-path="url(#%s)">`+"\n",
		id, number(x), number(y), number(width), number(height), id)
}

// Group begins a group of a class.
func (d *Drawing) Group(class string) {
	fmt.Fprintf(&d.out, `<g class="%s">`+"\n", class)
}

// Series begins the group of what belongs to a series, which the page can hide by its
// name.
func (d *Drawing) Series(name string) {
	fmt.Fprintf(&d.out, `<g data-series="%s">`+"\n", html.EscapeString(name))
}

// Key begins the group of a name in the legend; class is the colour of its series.
func (d *Drawing) Key(name, class string) {
	fmt.Fprintf(&d.out, `<g data-key="%[1]s" data-series="%[1]s" data-class="%[2]s">`+"\n", html.EscapeString(name), class)
}

// Ticks begins the group of both axes, which says how places and values belong
// together.
func (d *Drawing) Ticks(x, y Scale) {
	fmt.Fprintf(&d.out, `<g class="ticks" data-x="%s" data-y="%s">`+"\n", x, y)
}

// End ends a group.
func (d *Drawing) End() { d.out.WriteString("</g>\n") }

// Line draws a line.
func (d *Drawing) Line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.out, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`+"\n",
		class, number(x1), number(y1), number(x2), number(y2))
}

// Path draws a line through points.
func (d *Drawing) Path(class string, points [][2]float64) {
	if len(points) == 0 {
		return
	}
	fmt.Fprintf(&d.out, `<path class="%s" d="M`, class)
	for i, p := range points {
		if i > 0 {
			d.out.WriteByte(' ')
		}
		d.out.WriteString(number(p[0]) + "," + number(p[1]))
	}
	d.out.WriteString(`"/>` + "\n")
}

// Area fills what lies between two lines of equal length.
func (d *Drawing) Area(class string, upper, lower [][2]float64) {
	if len(upper) < 2 {
		return
	}
	fmt.Fprintf(&d.out, `<path class="%s" d="M`, class)
	for i, p := range append(slices.Clone(upper), reversed(lower)...) {
		if i > 0 {
			d.out.WriteByte(' ')
		}
		d.out.WriteString(number(p[0]) + "," + number(p[1]))
	}
	d.out.WriteString("Z\"/>\n")
}

func reversed(points [][2]float64) [][2]float64 {
	points = slices.Clone(points)
	slices.Reverse(points)
	return points
}

// Circle draws a point; a title that is not empty shows when it is hovered.
func (d *Drawing) Circle(class string, x, y, radius float64, title string) {
	fmt.Fprintf(&d.out, `<circle class="%s" cx="%s" cy="%s" r="%s"`, class, number(x), number(y), number(radius))
	if title == "" {
		d.out.WriteString("/>\n")
		return
	}
	fmt.Fprintf(&d.out, "><title>%s</title></circle>\n", html.EscapeString(title))
}

// Rect draws a rectangle; its title shows when it is hovered.
func (d *Drawing) Rect(class string, x, y, width, height float64, title string) {
	fmt.Fprintf(&d.out, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`+"\n",
		class, number(x), number(y), number(width), number(height), html.EscapeString(title))
}

// Text writes text at its anchor.
func (d *Drawing) Text(class, anchor string, x, y float64, content string) {
	fmt.Fprintf(&d.out, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`+"\n",
		class, anchor, number(x), number(y), html.EscapeString(content))
}

// VerticalText reads upward, centred at (x, y).
func (d *Drawing) VerticalText(class string, x, y float64, content string) {
	fmt.Fprintf(&d.out, `<text class="%s" text-anchor="middle" transform="translate(%s %s) rotate(-90)">%s</text>`+"\n",
		class, number(x), number(y), html.EscapeString(content))
}

// number prints a coordinate with a tenth of a unit. What lies far outside of
// any picture is held at a distance that renderers still draw correctly.
func number(x float64) string {
	if math.IsNaN(x) {
		x = 0
	}
	x = math.Round(10*min(max(x, -1e5), 1e5)) / 10
	return strconv.FormatFloat(x+0, 'f', -1, 64)
}
