package summary

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	// tableWidth is the widest line that WriteTable prints.
	tableWidth = 80
	// textLines is the number of lines of text that WriteTable prints for up to
	// five variants, below the plot.
	textLines = 14
	// labelWidth and verdictWidth are the widest cells of these columns that are
	// left whole. A longer verdict is wrapped, one without room at most to
	// wrappedVerdict; a label without room is shortened, at most to leastLabel.
	labelWidth, leastLabel       = 24, 7
	verdictWidth, wrappedVerdict = 22, 13
)

// WriteTable prints the summary for a terminal, at most 80 columns wide: grade and
// evidence, a small plot, a row for each variant with means over its finished seeds,
// and the remarks that are needed to read them, within 14 lines of text for up to five
// variants. The full verdicts are in the summary and on the page. It prints in colour
// if w is a terminal and NO_COLOR is not set.
func WriteTable(w io.Writer, s *Summary) error {
	_, err := io.WriteString(w, tableText(s, terminal.HasColor(w)))
	return err
}

func tableText(s *Summary, color bool) string {
	paint := func(c terminal.Color, text string) string { return text }
	if color {
		paint = terminal.Color.Paint
	}
	rows := s.Rows()
	lines := append(breakLines(s.Measured(), tableWidth), "validation loss in bits per "+s.Data.Unit)
	lines = append(lines, plot(s, rows, paint)...)
	table := tableLines(append(tableCells(s, rows), s.referenceCells()...), paint)
	lines = append(lines, table...)
	lines = append(lines, fitRemarks(remarks(s), max(textLines-1-len(table), 4))...)
	return strings.Join(lines, "\n") + "\n"
}

// fitRemarks wraps remarks. Those that do not fit in a number of lines are counted
// on the last one.
func fitRemarks(remarks []string, room int) (lines []string) {
	for i, remark := range remarks {
		wrapped := breakLines(remark, tableWidth)
		last := i == len(remarks)-1
		if len(lines)+len(wrapped) > room || !last && len(lines)+len(wrapped) == room {
			return append(lines, fmt.Sprintf("and %s, in the verdicts of report.html", typeset.Counted(len(remarks)-i, "more remark")))
		}
		lines = append(lines, wrapped...)
	}
	return lines
}

// tableLines lays out two lines of heading and a row for each variant, whose last cell
// is the verdict. Numbers are aligned right.
func tableLines(cells [][]string, paint func(terminal.Color, string) string) (lines []string) {
	width := columnWidths(cells)
	var labels []string
	for _, line := range cells[headings:] {
		labels = append(labels, line[0])
	}
	labels = shortenLabels(labels, width[0])
	for i, line := range cells {
		first, label, color, last := "  ", line[0], terminal.Color(""), len(line)-1
		if row := i - headings; row >= 0 {
			label, color = labels[row], verdictColor(line[last])
			if line[last] != referenceVerdict {
				first = paint(markColor(row), mark(row)) + " "
			} else if label != line[0] { // the one line of its kind, whose name is not cut
				lines, label = append(lines, first+line[0]), ""
			}
		}
		text := fmt.Sprintf("%-*s", width[0], label)
		for j := 1; j < last; j++ {
			text += fmt.Sprintf("  %*s", width[j], line[j])
		}
		const room = tableWidth - len("x ") - len("  ")
		for _, part := range breakLines(line[last], width[last]) {
			text = typeset.Shorten(text, room-1) // only numbers beyond all sense are so wide
			part = typeset.Shorten(part, room-utf8.RuneCountInString(text))
			lines = append(lines, strings.TrimRight(first+text+"  "+paint(color, part), " "))
			first, text = "  ", strings.Repeat(" ", utf8.RuneCountInString(text))
		}
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

// columnWidths returns the width of each column. Label and verdict share what the
// numbers leave.
func columnWidths(cells [][]string) []int {
	verdictColumn := len(cells[0]) - 1
	width := make([]int, verdictColumn+1)
	for _, line := range cells {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	room := tableWidth - len("x ")
	for _, n := range width[1:verdictColumn] {
		room -= len("  ") + n
	}
	room -= len("  ")
	label, verdict := min(width[0], labelWidth), min(width[verdictColumn], verdictWidth)
	if label+verdict > room {
		verdict = min(verdict, max(wrappedVerdict, room-label))
		label = max(min(label, room-verdict), leastLabel)
	}
	width[0], width[verdictColumn] = label, verdict
	return width
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

// breakLines breaks text into one or more lines of at most n characters, between
// words where it can.
func breakLines(text string, n int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= n {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		runes := []rune(word)
		for ; len(runes) > n; runes = runes[n:] {
			lines = append(lines, string(runes[:n]))
		}
		line = string(runes)
	}
	return append(lines, line)
}

// shortenLabels cuts labels to at most n characters, with an ellipsis where all of
// them stay different from each other. Without such a place they are numbered.
func shortenLabels(labels []string, n int) []string {
	short := make([]string, len(labels))
	// The place nearest to the middle comes first.
	for i := range n {
		head := n/2 + (i+1)/2*(1-i%2*2)
		if head < 1 || head > n-2 {
			continue
		}
		for j, label := range labels {
			short[j] = label
			if runes := []rune(label); len(runes) > n {
				short[j] = string(runes[:head]) + "…" + string(runes[len(runes)-(n-1-head):])
			}
		}
		if different(short) {
			return short
		}
	}
	for j := range labels {
		number := fmt.Sprintf(" #%d", j+1)
		short[j] = typeset.Shorten(labels[j], n-len(number)) + number
	}
	return short
}

func different(texts []string) bool {
	sorted := slices.Sorted(slices.Values(texts))
	return len(slices.Compact(sorted)) == len(texts)
}
