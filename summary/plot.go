package summary

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	plotRows = 8
	// marks tell the curves of a plot apart, the baseline's first. A variant
	// beyond them is not drawn.
	marks = "·ox+*#@%"
)

// mark is the character that draws the curve of variant i.
func mark(i int) string {
	if i >= utf8.RuneCountInString(marks) {
		return " "
	}
	return string([]rune(marks)[i])
}

// markColor is the colour of the mark and curve of variant i; the baseline has that
// of the text.
func markColor(i int) terminal.Color {
	colors := []terminal.Color{"", terminal.Blue, terminal.Orange, terminal.Green, terminal.Magenta, terminal.Teal, terminal.Violet, terminal.Olive}
	if i >= len(colors) {
		return ""
	}
	return colors[i]
}

// plot draws the mean curves of variants over steps, in lines of a width. Like the report it leaves out
// the first fall from the untrained model. The baseline comes first and is drawn
// over the others.
func plot(s *Summary, rows []Row, width int, paint func(terminal.Color, string) string) []string {
	curves := make([][]Point, len(rows))
	last := 0.0
	for i := range rows {
		curves[i] = MeanCurve(s.FinishedCurves(rows[i].Label)...)
		if n := len(curves[i]); n > 0 {
			last = max(last, float64(curves[i][n-1].Step))
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, curve := range curves {
		for _, p := range curve {
			if float64(p.Step) >= 0.04*last {
				low, high = min(low, p.Loss), max(high, p.Loss)
			}
		}
	}
	if !(last > 0) || !(high > low) {
		return nil
	}
	ticks := make([]string, plotRows)
	for _, row := range []int{0, plotRows - 1} {
		ticks[row] = fmt.Sprintf("%6s", typeset.Loss(s.Data.Bits(high-(high-low)*float64(row)/(plotRows-1))))
	}
	left := max(len(ticks[0]), len(ticks[plotRows-1]))
	columns := width - left - len(" |")
	cells := make([][]int, plotRows) // the variant drawn, from 1
	for row := range cells {
		cells[row] = make([]int, columns)
	}
	for i := len(rows) - 1; i >= 0; i-- {
		for column := range columns {
			loss, ok := at(curves[i], last*(float64(column)+0.5)/float64(columns))
			row := int(math.Round((high - loss) / (high - low) * (plotRows - 1)))
			if ok && row >= 0 && row < plotRows {
				cells[row][column] = i + 1
			}
		}
	}
	var lines []string
	for row := range cells {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%*s │%s", left, ticks[row], drawn(cells[row], paint)), " "))
	}
	steps := typeset.Counted(last, "step")
	return append(lines, strings.Repeat(" ", left+1)+"└"+strings.Repeat("─", columns-len(steps)-1)+" "+steps)
}

// drawn is a row of a plot, with each stretch of one curve in its colour.
func drawn(cells []int, paint func(terminal.Color, string) string) string {
	var out strings.Builder
	for from, to := 0, 0; from < len(cells); from = to {
		for to < len(cells) && cells[to] == cells[from] {
			to++
		}
		if i := cells[from] - 1; i < 0 {
			out.WriteString(strings.Repeat(" ", to-from))
		} else {
			out.WriteString(paint(markColor(i), strings.Repeat(mark(i), to-from)))
		}
	}
	return out.String()
}

// at is the loss of a curve at a step, on the line between evaluations.
func at(curve []Point, step float64) (loss float64, ok bool) {
	for i, p := range curve {
		if float64(p.Step) < step {
			continue
		}
		if i == 0 {
			return p.Loss, true
		}
		before := curve[i-1]
		share := (step - float64(before.Step)) / float64(p.Step-before.Step)
		return before.Loss + share*(p.Loss-before.Loss), true
	}
	return 0, false
}
