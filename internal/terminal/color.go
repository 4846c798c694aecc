package terminal

import (
	"io"
	"os"
)

// A Color is the SGR code of a colour of text; the empty one changes nothing.
type Color string

// These colours of the 256-colour palette are readable on black and on white.
const (
	Red     Color = "38;5;160"
	Green   Color = "38;5;28"
	Grey    Color = "38;5;244"
	Blue    Color = "38;5;27"
	Orange  Color = "38;5;166"
	Magenta Color = "38;5;163"
	Teal    Color = "38;5;30"
	Violet  Color = "38;5;98"
	Olive   Color = "38;5;100"
)

// Paint returns text in a colour.
func (c Color) Paint(text string) string {
	if c == "" || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// HasColor reports whether to write to w in colour: it is a terminal, and NO_COLOR
// is not set (https://no-color.org).
func HasColor(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && open(w) != nil }
