package terminal

import (
	"io"
	"os"
	"sync"
)

const eraseBelow = "\x1b[J" // from the cursor to the end of the screen

// A Line is the last line of a terminal, which is redrawn in place below permanent
// lines. It never wraps: it is cut to the width that the terminal has at the time.
//
// After each drawing the cursor is at its first column. A terminal that becomes
// narrower and wraps what it shows keeps it there, so the next drawing also erases
// the rows that the line was wrapped to.
type Line struct {
	mu     sync.Mutex
	file   *os.File
	text   string // shown now
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
	before := ""
	if l.text != "" {
		before = "\r" + eraseBelow
	}
	l.write(before + text + "\n" + l.drawing())
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
		l.write("\r" + eraseBelow)
	}
}

// drawing is what draws the text from the first column and returns there. The new
// text is written over the old one, so nothing flickers.
func (l *Line) drawing() string {
	if l.text == "" {
		return ""
	}
	return Cut(l.text, l.Columns()) + eraseBelow + "\r"
}

func (l *Line) write(text string) {
	if !l.closed {
		_, _ = io.WriteString(l.file, text) // a terminal that is gone does not fail the task
	}
}
