package summary

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	// labelWidth and verdictWidth are the widest cells of these columns that are
	// left whole. A longer verdict is wrapped, one without room at most to
	// wrappedVerdict; a label without room is shortened, at most to leastLabel.
	labelWidth, leastLabel       = 24, 7
	verdictWidth, wrappedVerdict = 22, 13
)

// tableLines lays out two lines of heading and a row for each variant, whose last cell
// is the verdict. Numbers are aligned right. Lines have at most a number of columns.
func tableLines(cells [][]string, columns int, paint func(terminal.Color, string) string) (lines []string) {
	width := fitColumns(cells, columns)
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
		room := columns - len("x ") - len("  ")
		for _, part := range breakLines(line[last], width[last]) {
			text = typeset.Shorten(text, room-1) // only numbers beyond all sense are so wide
			part = typeset.Shorten(part, room-utf8.RuneCountInString(text))
			lines = append(lines, strings.TrimRight(first+text+"  "+paint(color, part), " "))
			first, text = "  ", strings.Repeat(" ", utf8.RuneCountInString(text))
		}
	}
	return lines
}

// fitColumns returns the width of each column. On a narrow terminal the numbers that are
// needed least leave the cells, until labels and verdicts have room: nats, which are bits
// in another unit, then the steps or seconds, then p.
func fitColumns(cells [][]string, columns int) []int {
	width, fit := columnWidths(cells, columns)
	for _, least := range []int{2, 3, 3} {
		if fit || columns == tableWidth {
			break
		}
		for i := range cells {
			cells[i] = slices.Delete(cells[i], least, least+1)
		}
		width, fit = columnWidths(cells, columns)
	}
	return width
}

// columnWidths returns the width of each column, and whether all fit. Label and verdict
// share what the numbers leave.
func columnWidths(cells [][]string, columns int) (width []int, fit bool) {
	verdictColumn := len(cells[0]) - 1
	width = make([]int, verdictColumn+1)
	for _, line := range cells {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	room := columns - len("x ")
	for _, n := range width[1:verdictColumn] {
		room -= len("  ") + n
	}
	room -= len("  ")
	label, verdict := min(width[0], labelWidth), min(width[verdictColumn], verdictWidth)
	if label+verdict > room {
		verdict = min(verdict, max(wrappedVerdict, room-label))
		label = max(min(label, room-verdict), leastLabel)
	}
	fit = min(width[0], wrappedVerdict)+min(verdict, wrappedVerdict) <= room
	width[0], width[verdictColumn] = label, verdict
	return width, fit
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
