package summary

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	// tableWidth is the widest line that WriteTable prints; a narrower terminal has
	// lines of its width, from leastWidth on.
	tableWidth, leastWidth = 80, 60
	// textLines is the number of lines of text that WriteTable prints for up to
	// five variants, below the plot.
	textLines = 14
)

// WriteTable prints the summary for a terminal, at most as wide and 80 columns: grade and
// evidence, a small plot, a row for each variant with means over its finished seeds,
// and the remarks that are needed to read them, within 14 lines of text for up to five
// variants. The full verdicts are in the summary and on the page. It prints in colour
// if w is a terminal and NO_COLOR is not set.
func WriteTable(w io.Writer, s *Summary) error {
	_, err := io.WriteString(w, tableText(s, widthOf(w), terminal.HasColor(w)))
	return err
}

// widthOf is the width of the lines for w.
func widthOf(w io.Writer) int { return min(max(terminal.Columns(w), leastWidth), tableWidth) }

func tableText(s *Summary, width int, color bool) string {
	paint := func(c terminal.Color, text string) string { return text }
	if color {
		paint = terminal.Color.Paint
	}
	rows := s.Rows()
	lines := append(breakLines(s.Measured(), width), "validation loss in bits per "+s.Data.Unit)
	lines = append(lines, plot(s, rows, width, paint)...)
	table := tableLines(append(tableCells(s, rows), s.referenceCells()...), width, paint)
	lines = append(lines, table...)
	lines = append(lines, fitRemarks(remarks(s), max(textLines-1-len(table), 4), width)...)
	return strings.Join(lines, "\n") + "\n"
}

// fitRemarks wraps remarks to a width. Those that do not fit in a number of lines are
// counted on the last one.
func fitRemarks(remarks []string, room, width int) (lines []string) {
	for i, remark := range remarks {
		wrapped := breakLines(remark, width)
		last := i == len(remarks)-1
		if len(lines)+len(wrapped) > room || !last && len(lines)+len(wrapped) == room {
			return append(lines, fmt.Sprintf("and %s, in the verdicts of report.html", typeset.Counted(len(remarks)-i, "more remark")))
		}
		lines = append(lines, wrapped...)
	}
	return lines
}

const headings = 2 // lines

// tableCells returns the cells of the headings and of each row.
func tableCells(s *Summary, rows []Row) [][]string {
	rests := s.RestsOn()
	if s.Grade() == Full {
		horizons := s.Lengths()
		cells := [][]string{
			{"", "", "", "share of " + typeset.Count(float64(horizons[len(horizons)-1])), "of the", "p by", ""},
			{"variant", "bits", "nats", "steps [95 %]", "seconds", "Holm", "verdict"},
		}
		for i := range rows {
			r := &rows[i]
			share, seconds := "", ""
			if r.ratio != nil {
				share, seconds = r.ratio.cell(), r.ratio.secondsCell()
			}
			cells = append(cells, r.line(rests, share, seconds))
		}
		return cells
	}
	cells := [][]string{
		{"", "", "", "final loss minus", "crosses", "p by", ""},
		{"variant", "bits", "nats", "baseline's [95 %]", "at step", "Holm", "verdict"},
	}
	for i := range rows {
		r := &rows[i]
		cells = append(cells, r.line(rests, r.differenceCell(), r.Steps))
	}
	return cells
}

// referenceVerdict stands where a variant has its verdict.
const referenceVerdict = "no network"

// referenceCells is the row of the reference line, if there is one.
func (s *Summary) referenceCells() [][]string {
	r := s.FinalReference()
	if r == nil {
		return nil
	}
	row := Row{Label: r.Name, Bits: typeset.Loss(s.Data.Bits(r.Loss)), Nats: typeset.Loss(r.Loss), Verdict: referenceVerdict}
	return [][]string{row.line("", "", "")}
}

// line is a row of a table with two numbers, which depend on the grade.
func (row *Row) line(rests, first, second string) []string {
	line := []string{row.Label, row.Bits, row.Nats, first, second, strings.ReplaceAll(row.P, " ", ""), cmp.Or(row.Status, row.VerdictUnder(rests))}
	for j := range line {
		line[j] = cmp.Or(line[j], "-")
	}
	return line
}

// differenceCell is a difference with its interval: "−0.044 [−0.048, −0.041]".
func (row *Row) differenceCell() string {
	if row.DifferenceInterval == "" {
		return row.Difference
	}
	return row.Difference + " [" + strings.Replace(row.DifferenceInterval, " to ", ", ", 1) + "]"
}

// verdictColor is the colour of a verdict or status.
func verdictColor(verdict string) terminal.Color {
	word, _, _ := strings.Cut(verdict, " (") // without its grade
	switch word {
	case string(Faster):
		return terminal.Green
	case string(Slower), string(Diverged):
		return terminal.Red
	case string(Undecided), string(NoDifference):
		return terminal.Grey
	}
	return ""
}
