// Package terminal writes for a person at a terminal: a line that is redrawn in
// place, and colours. Output that goes to a file or a pipe gets neither.
package terminal

import (
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// fallbackColumns is the width of a terminal that does not report it, and of what is none.
const fallbackColumns = 80

// open returns w as a file if it is a terminal that understands escape sequences,
// else nil.
func open(w io.Writer) *os.File {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || !escapes(f) {
		return nil
	}
	return f
}

// columns returns the present width of a terminal.
func columns(f *os.File) int {
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		return n
	}
	return fallbackColumns
}

// Columns returns the present width of w: 80 for what is no terminal.
func Columns(w io.Writer) int {
	if f := open(w); f != nil {
		return columns(f)
	}
	return fallbackColumns
}

// Width returns an upper bound of the columns that text takes. It counts two for
// every character that is wide in some terminal.
func Width(text string) (n int) {
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x1100 { // below are no wide scripts
		return 1
	}
	return 2
}

// Cut shortens text to at most n columns, with an ellipsis for what is missing.
// Control characters, which could move the cursor, become question marks.
func Cut(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if Width(text) <= n {
		return text
	}
	const ellipsis = "..." // "…" is wide in some terminals
	if n <= len(ellipsis) {
		return ellipsis[:max(n, 0)]
	}
	left := n - len(ellipsis)
	for i, r := range text {
		if left -= runeWidth(r); left < 0 {
			return text[:i] + ellipsis
		}
	}
	return text
}
