package terminal

import (
	"io"
	"os"
	"strings"
	"sync"
)

const eraseBelow = "\x1b[J" // from the cursor to the end of the screen

// A Line is the last line of a terminal, which is redrawn in place below permanent
// lines. It never wraps: it is cut to the width that the terminal has at the time.
//
// Spaces replace what a longer drawing leaves, as every terminal and every recording
// of one understands. After each drawing the cursor is at its first column. A
// terminal that becomes narrower and wraps what it shows keeps it there, so the next
// drawing erases all rows below.
type Line struct {
	mu     sync.Mutex
	file   *os.File
	text   string // shown now
	drawn  int    // columns that it takes
	width  int    // of the terminal when it was drawn
	closed bool
}

// NewLine returns the line of w, or nil if w is no terminal. It shows nothing yet.
func NewLine(w io.Writer) *Line {
	f := open(w)
	if f == nil {
		return nil
	}
	return &Line{file: f}
}

// Columns returns the columns that a text may have now.
func (l *Line) Columns() int {
	return max(columns(l.file)-1, 1) // in the last column a terminal may wrap
}

// Set shows a text in place of the one before.
func (l *Line) Set(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = text
	l.write("\r" + l.drawing())
}

// Print prints a permanent line above.
func (l *Line) Print(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(l.erasing() + text + "\n" + l.drawing())
}

// Clear removes the text.
func (l *Line) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

// Close removes the text and shows none again.
func (l *Line) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	l.closed = true
}

func (l *Line) clear() {
	if l.text != "" {
		l.text = ""
		l.write(l.erasing())
	}
}

// erasing is what removes the drawing and leaves the cursor at its first column.
func (l *Line) erasing() string {
	n := l.drawn
	l.drawn = 0
	switch {
	case n == 0:
		return ""
	case columns(l.file) < l.width: // it may have been wrapped
		return "\r" + eraseBelow
	}
	return "\r" + strings.Repeat(" ", n) + "\r"
}

// drawing is what draws the text from the first column and returns there. The new
// text is written over the old one, so nothing flickers.
func (l *Line) drawing() string {
	if l.text == "" {
		return ""
	}
	text, rest := Cut(l.text, l.Columns()), ""
	n, width := Width(text), columns(l.file)
	switch {
	case l.drawn > 0 && width < l.width:
		rest = eraseBelow
	case n < l.drawn:
		rest = strings.Repeat(" ", l.drawn-n)
	}
	l.drawn, l.width = n, width
	return text + rest + "\r"
}

func (l *Line) write(text string) {
	if !l.closed {
		_, _ = io.WriteString(l.file, text) // a terminal that is gone does not fail the task
	}
}
