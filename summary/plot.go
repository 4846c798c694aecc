package summary

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	plotRows    = 8
	plotColumns = 80
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

// plot draws the mean curves of variants over steps. Like the report it leaves out
// the first fall from the untrained model. The baseline comes first and is drawn
// over the others.
func plot(s *Summary, rows []Row) []string {
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
	cells := make([][]rune, plotRows)
	for row := range cells {
		cells[row] = []rune(strings.Repeat(" ", plotColumns))
	}
	for i := len(rows) - 1; i >= 0; i-- {
		for column := range plotColumns {
			loss, ok := at(curves[i], last*(float64(column)+0.5)/plotColumns)
			row := int(math.Round((high - loss) / (high - low) * (plotRows - 1)))
			if ok && row >= 0 && row < plotRows {
				cells[row][column] = []rune(mark(i))[0]
			}
		}
	}
	var lines []string
	for row := range cells {
		tick := "      "
		if row == 0 || row == plotRows-1 {
			tick = fmt.Sprintf("%6.3f", s.Data.Bits(high-(high-low)*float64(row)/(plotRows-1)))
		}
		lines = append(lines, strings.TrimRight(tick+" │"+string(cells[row]), " "))
	}
	steps := typeset.Count(last) + " steps"
	return append(lines, strings.Repeat(" ", 7)+"└"+strings.Repeat("─", plotColumns-len(steps)-1)+" "+steps)
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
