package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Where text stands relative to its x.
const (
	start  = "start"
	middle = "middle"
	end    = "end"
)

// glyphWidth is a mean width of the page's sans-serif letters, in sizes of the
// font; fontSize is that of all text in figures.
const (
	glyphWidth = 0.56
	fontSize   = 12.0
)

// textWidth estimates the width of text in a figure.
func textWidth(text string) float64 {
	return float64(utf8.RuneCountInString(text)) * glyphWidth * fontSize
}

// A drawing writes one SVG element for a page. Its colours are the classes of
// picture.css, so that a theme or a printer can change them; its lengths are
// units of a viewBox.
type drawing struct {
	out strings.Builder
}

// newDrawing begins a picture; label is what a screen reader says.
func newDrawing(width, height float64, class, label string) *drawing {
	d := new(drawing)
	fmt.Fprintf(&d.out, `<svg class="%s" viewBox="0 0 %s %s" role="img" aria-label="%s">`+"\n",
		class, number(width), number(height), html.EscapeString(label))
	return d
}

// finish closes the picture and returns it.
func (d *drawing) finish() template.HTML {
	d.out.WriteString("</svg>")
	return template.HTML(d.out.String())
}

// alone is a picture as a file of its own, with the style that a page gives it.
func alone(picture template.HTML) []byte {
	element, content, _ := strings.Cut(string(picture), "\n")
	element = strings.Replace(element, "<svg ", `<svg xmlns="http://www.w3.org/2000/svg" `, 1)
	return []byte(clean(element + "\n<style>\n" + pictureStyleText + "svg { background: var(--card); }\n</style>\n" + content + "\n"))
}

// clip begins a group that is cut off at a rectangle; id is unique on the page.
func (d *drawing) clip(id string, x, y, width, height float64) {
	fmt.Fprintf(&d.out, `<clipPath id="%s"><rect x="%s" y="%s" width="%s" height="%s"/></clipPath><g clip-path="url(#%s)">`+"\n",
		id, number(x), number(y), number(width), number(height), id)
}

func (d *drawing) endClip() { d.out.WriteString("</g>\n") }

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.out, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`+"\n",
		class, number(x1), number(y1), number(x2), number(y2))
}

func (d *drawing) path(class string, points [][2]float64) {
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

// area fills what lies between two lines of equal length.
func (d *drawing) area(class string, upper, lower [][2]float64) {
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

// circle draws a point; a title that is not empty shows when it is hovered.
func (d *drawing) circle(class string, x, y, radius float64, title string) {
	fmt.Fprintf(&d.out, `<circle class="%s" cx="%s" cy="%s" r="%s"`, class, number(x), number(y), number(radius))
	if title == "" {
		d.out.WriteString("/>\n")
		return
	}
	fmt.Fprintf(&d.out, "><title>%s</title></circle>\n", html.EscapeString(title))
}

// rect draws a rectangle; its title shows when it is hovered.
func (d *drawing) rect(class string, x, y, width, height float64, title string) {
	fmt.Fprintf(&d.out, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`+"\n",
		class, number(x), number(y), number(width), number(height), html.EscapeString(title))
}

func (d *drawing) text(class, anchor string, x, y float64, content string) {
	fmt.Fprintf(&d.out, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`+"\n",
		class, anchor, number(x), number(y), html.EscapeString(content))
}

// verticalText reads upward, centred at (x, y).
func (d *drawing) verticalText(class string, x, y float64, content string) {
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
