package cli

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// A screen is what a terminal shows: it wraps long lines and knows the few control
// sequences that the program may use.
type screen struct {
	columns  int
	rows     []screenRow
	row, col int
	input    []byte // not complete yet
	returned bool   // the last character was a carriage return
	// bars are the lines that were drawn and left with a carriage return alone;
	// wrapped counts those of them that took more than one row.
	bars    []string
	wrapped int
	unknown []string // other control sequences
}

type screenRow struct {
	cells     []rune
	continues bool // the row above, which was full
}

var sequence = regexp.MustCompile(`^\x1b\[[0-9;]*[A-Za-z]`)

func newScreen(columns int) *screen { return &screen{columns: columns, rows: make([]screenRow, 1)} }

func (s *screen) write(p []byte) {
	s.input = append(s.input, p...)
	for len(s.input) > 0 {
		r, size := utf8.DecodeRune(s.input)
		if r == utf8.RuneError && !utf8.FullRune(s.input) {
			return
		}
		if r == '\x1b' {
			code := sequence.Find(s.input)
			if code == nil && len(s.input) < 16 {
				return
			}
			s.control(string(code))
			size = max(len(code), 1)
		} else {
			s.character(r)
		}
		s.input = s.input[size:]
	}
}

func (s *screen) control(code string) {
	switch {
	case code == "\x1b[J":
		s.rows = s.rows[:s.row+1]
		row := &s.rows[s.row]
		row.cells = row.cells[:min(s.col, len(row.cells))]
	case strings.HasSuffix(code, "m"):
	default:
		s.unknown = append(s.unknown, code)
	}
}

func (s *screen) character(r rune) {
	if s.returned && r != '\n' && s.col > 0 {
		s.bars = append(s.bars, string(s.rows[s.row].cells))
		if s.rows[s.row].continues {
			s.wrapped++
		}
	}
	if s.returned {
		s.col = 0
	}
	s.returned = r == '\r'
	switch {
	case r == '\r':
	case r == '\n':
		s.down(false)
	case r < ' ':
		s.unknown = append(s.unknown, string(r))
	default:
		if s.col == s.columns {
			s.col = 0
			s.down(true)
		}
		row := &s.rows[s.row]
		for len(row.cells) <= s.col {
			row.cells = append(row.cells, ' ')
		}
		row.cells[s.col] = r
		s.col++
	}
}

func (s *screen) down(continues bool) {
	if s.row++; s.row == len(s.rows) {
		s.rows = append(s.rows, screenRow{})
	}
	s.rows[s.row].continues = continues
}

// resize wraps the lines at another width, as most terminals do, and keeps the
// cursor on its character.
func (s *screen) resize(columns int) {
	var rows []screenRow
	if s.returned {
		s.col = 0
	}
	for from := 0; from < len(s.rows); {
		var line []rune
		at := -1 // place of the cursor in the line
		for to := from; to == from || to < len(s.rows) && s.rows[to].continues; to++ {
			if to == s.row {
				at = len(line) + s.col
			}
			line = append(line, s.rows[to].cells...)
			from = to
		}
		from++
		first := len(rows)
		for more := false; !more || len(line) > 0; more = true {
			n := min(columns, len(line))
			rows = append(rows, screenRow{line[:n:n], more})
			line = line[n:]
		}
		if at >= 0 {
			s.row, s.col = first+at/columns, at%columns
		}
	}
	s.rows, s.columns = rows, columns
}

// lines returns the lines on the screen, each with the rows that it continues on,
// without the empty ones at the end.
func (s *screen) lines() (lines []string) {
	for _, row := range s.rows {
		if row.continues {
			lines[len(lines)-1] += string(row.cells)
		} else {
			lines = append(lines, string(row.cells))
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func TestScreen(t *testing.T) {
	for _, test := range []struct {
		name, text string
		columns    int // after the text
		want       []string
		wrapped    int
	}{
		{"a bar is drawn over", "one\r\nbar 1\x1b[J\rbar\x1b[J\rtwo\r\n", 10, []string{"one", "two"}, 0},
		{"a long line wraps", "0123456789abc\r\nx", 10, []string{"0123456789abc", "x"}, 0},
		{"a full row does not", "0123456789\r\nx", 10, []string{"0123456789", "x"}, 0},
		{"a long bar leaves a row", "0123456789abc\x1b[J\rx\x1b[J", 10, []string{"0123456789x"}, 1},
		{"narrower", "abcdefghi\r\n012345\x1b[J\r", 4, []string{"abcdefghi", "012345"}, 0},
		{"colour", "\x1b[31mred\x1b[0m", 10, []string{"red"}, 0},
	} {
		s := newScreen(10)
		for i := range len(test.text) {
			s.write([]byte{test.text[i]})
		}
		s.resize(test.columns)
		if got := s.lines(); strings.Join(got, "\n") != strings.Join(test.want, "\n") || s.wrapped != test.wrapped || s.unknown != nil {
			t.Errorf("%s: %q, %d wrapped, %q unknown", test.name, got, s.wrapped, s.unknown)
		}
	}
}
