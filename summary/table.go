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
	// left whole. A longer verdict, or one without room, is wrapped to
	// wrappedVerdict; a label without room is shortened, at most to leastLabel.
	labelWidth, leastLabel       = 24, 7
	verdictWidth, wrappedVerdict = 22, 11
)

// WriteTable prints the summary for a terminal, at most 80 columns wide: a small
// plot, a row for each variant with means over its finished seeds, and the remarks
// that are needed to read them, within 14 lines of text for up to five variants.
// The full verdicts are in the summary and on the page. It prints in colour if w is
// a terminal and NO_COLOR is not set.
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
	lines := append([]string{"validation loss in bits per " + s.Data.Unit}, plot(s, rows, paint)...)
	table := tableLines(rows, paint)
	lines = append(lines, table...)
	lines = append(lines, fitRemarks(remarks(s), max(textLines-len(table), 4))...)
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

// tableLines lays out two lines of heading and the rows. Numbers are aligned right.
func tableLines(rows []Row, paint func(terminal.Color, string) string) (lines []string) {
	cells := tableCells(rows)
	width := columnWidths(cells)
	var labels []string
	for i := range rows {
		labels = append(labels, rows[i].Label)
	}
	labels = shortenLabels(labels, width[0])
	for i, line := range cells {
		first, color := "  ", terminal.Color("")
		if row := i - headings; row >= 0 {
			line[0], color = labels[row], verdictColor(line[verdictColumn])
			first = paint(markColor(row), mark(row)) + " "
		}
		text := fmt.Sprintf("%-*s", width[0], line[0])
		for j := 1; j < verdictColumn; j++ {
			text += fmt.Sprintf("  %*s", width[j], line[j])
		}
		const room = tableWidth - len("x ") - len("  ")
		for _, part := range breakLines(line[verdictColumn], width[verdictColumn]) {
			text = typeset.Shorten(text, room-1) // only numbers beyond all sense are so wide
			part = typeset.Shorten(part, room-utf8.RuneCountInString(text))
			lines = append(lines, strings.TrimRight(first+text+"  "+paint(color, part), " "))
			first, text = "  ", strings.Repeat(" ", utf8.RuneCountInString(text))
		}
	}
	return lines
}

const (
	headings      = 2 // lines
	verdictColumn = 7
)

// tableCells returns the cells of the headings and of each row.
func tableCells(rows []Row) [][]string {
	cells := [][]string{
		{"", "", "", "steps to", "steps saved", "secs", "p by", ""},
		{"variant", "bits", "nats", "baseline", "[95 %]", "saved", "Holm", "verdict"},
	}
	for i := range rows {
		r := &rows[i]
		line := []string{r.Label, r.Bits, r.Nats, r.Steps, savedCell(r), r.SecondsSaved, strings.ReplaceAll(r.P, " ", ""), cmp.Or(r.Status, r.Verdict)}
		for j := range line {
			line[j] = cmp.Or(line[j], "-")
		}
		cells = append(cells, line)
	}
	return cells
}

// columnWidths returns the width of each column. Label and verdict share what the
// numbers leave.
func columnWidths(cells [][]string) []int {
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
		verdict = min(verdict, wrappedVerdict)
		label = max(min(label, room-verdict), leastLabel)
	}
	width[0], width[verdictColumn] = label, verdict
	return width
}

// savedCell is a share of steps with its interval: "50 % [48, 51]".
func savedCell(r *Row) string {
	if r.StepsSavedInterval == "" {
		return r.StepsSaved
	}
	return r.StepsSaved + " [" + strings.Replace(r.StepsSavedInterval, " to ", ", ", 1) + "]"
}

// verdictColor is the colour of a verdict or status.
func verdictColor(verdict string) terminal.Color {
	switch verdict {
	case Faster.short():
		return terminal.Green
	case Slower.short(), string(Diverged):
		return terminal.Red
	case Undecided.short(), NoDifference.short():
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
