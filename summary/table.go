package summary

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// tableWidth is the widest line that WriteTable prints.
const tableWidth = 100

// textLines is the number of lines of text that WriteTable prints for up to five
// variants, below the plot.
const textLines = 10

// WriteTable prints the summary for a terminal, at most 100 columns wide: a small
// plot, a row for each variant with means over its finished seeds, and in the rest
// of ten lines the remarks that are needed to read them. The full verdicts are in
// the summary and on the page.
func WriteTable(w io.Writer, s *Summary) error {
	var out strings.Builder
	rows := s.Rows()
	for _, line := range plot(s, rows) {
		out.WriteString(line + "\n")
	}
	table := tableRows(s, rows)
	writeRows(&out, table)
	notes := remarks(s)
	for i, note := range notes {
		if room := max(textLines-len(table), 2); i == room-1 && len(notes) > room {
			out.WriteString(fmt.Sprintf("and %d more remarks, in the verdicts of report.html", len(notes)-i) + "\n")
			break
		}
		out.WriteString(typeset.Shorten(note, tableWidth) + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// tableRows returns two lines of heading and a row for each variant.
func tableRows(s *Summary, rows []Row) [][]string {
	table := [][]string{
		{"", "bits per", "", "steps to", "steps", "95 %", "seconds", "p after", ""},
		{"  variant", s.Data.Unit, "nats", "baseline", "saved", "interval", "saved", "Holm", "verdict"},
	}
	for i := range rows {
		r := &rows[i]
		line := []string{mark(i) + " " + typeset.Shorten(r.Label, 16), cmp.Or(r.Bits, r.Status), r.Nats, r.Steps,
			r.StepsSaved, r.StepsSavedInterval, r.SecondsSaved, r.P, r.Verdict}
		for j := range line {
			line[j] = cmp.Or(line[j], "-")
		}
		table = append(table, line)
	}
	return table
}

// writeRows aligns the first column left and the others right.
func writeRows(out *strings.Builder, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			gap := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line = cell + gap
			} else {
				line += "  " + gap + cell
			}
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
