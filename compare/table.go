package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/stat"
)

// tableWidth is the widest line that WriteTable prints.
const tableWidth = 100

// WriteTable prints the summary for a terminal, at most 100 columns wide: a
// row for each variant with means over its finished seeds, then the verdicts.
func WriteTable(w io.Writer, s *Summary) error {
	var out strings.Builder
	writeRows(&out, tableRows(s))
	loss := "final validation loss"
	if n := mostSeeds(s); n > 1 {
		loss += fmt.Sprintf(", mean of %d seeds", n)
	}
	writeParagraph(&out, fmt.Sprintf("Bits and nats (per token): %s. Steps to baseline: to the best loss of %s; "+
		"saved: of its steps and its training seconds to that loss.", loss, s.Baseline))
	var said []string
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		var own []string
		for _, sentence := range Explain(s, c) {
			switch {
			case !sentence.Shared:
				own = append(own, sentence.Text)
			case !slices.Contains(said, sentence.Text):
				said = append(said, sentence.Text)
				writeParagraph(&out, sentence.Text)
			}
		}
		writeParagraph(&out, strings.Join(own, " "))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// tableRows returns two lines of heading and a row for each variant.
func tableRows(s *Summary) [][]string {
	rows := [][]string{
		{"", "", "bits per", "", "best", "steps to", "steps", "seconds", "step"},
		{"variant", "parameters", s.Data.Unit, "nats", "nats", "baseline", "saved", "saved", "time"},
	}
	var labels []string
	for i := range s.Runs {
		if label := s.Runs[i].Label(); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	baseTime, hasBaseTime := meanOf(s, s.Baseline, func(r *Run) *float64 { return r.StepSeconds })
	for _, label := range labels {
		row := []string{shorten(label, 22), "", "-", "-", "-", "-", "-", "-", "-"}
		for i := range s.Runs {
			if r := &s.Runs[i]; r.Label() == label {
				row[1] = Count(float64(r.Parameters))
			}
		}
		if final, ok := meanOf(s, label, func(r *Run) *float64 { return r.FinalLoss }); ok {
			row[2], row[3] = fmt.Sprintf("%.3f", s.Data.Bits(final)), fmt.Sprintf("%.3f", final)
		} else {
			row[2] = "diverged"
			if !slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Label() == label && r.Status == Diverged }) {
				row[2] = "unfinished"
			}
		}
		if best, ok := meanOf(s, label, func(r *Run) *float64 { return r.BestLoss }); ok {
			row[4] = fmt.Sprintf("%.3f", best)
		}
		for i := range s.Comparisons {
			c := &s.Comparisons[i]
			if label == s.Baseline && c.BaselineSteps != nil {
				row[5] = Count(*c.BaselineSteps)
			}
			if c.Label() != label || c.BaselineLoss == nil {
				continue
			}
			row[5], row[6], row[7] = "never", "-", "-"
			if c.StepsSaved != nil {
				row[5], row[6] = Count(*c.StepsToBaselineLoss.Mean), Percent(*c.StepsSaved)
			}
			if c.SecondsSaved != nil {
				row[7] = Percent(*c.SecondsSaved)
			}
		}
		if stepTime, ok := meanOf(s, label, func(r *Run) *float64 { return r.StepSeconds }); ok && hasBaseTime && baseTime > 0 {
			row[8] = fmt.Sprintf("%.2fx", stepTime/baseTime)
		}
		rows = append(rows, row)
	}
	return rows
}

// meanOf averages a number over the finished runs of a variant.
func meanOf(s *Summary, label string, number func(*Run) *float64) (mean float64, ok bool) {
	var values []float64
	for i := range s.Runs {
		r := &s.Runs[i]
		if r.Label() != label || r.Status != Finished {
			continue
		}
		if value := number(r); value != nil {
			values = append(values, *value)
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	return stat.Mean(values, nil), true
}

// mostSeeds returns the largest number of finished seeds of a variant.
func mostSeeds(s *Summary) int {
	count := map[string]int{}
	most := 0
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Status == Finished {
			count[r.Label()]++
			most = max(most, count[r.Label()])
		}
	}
	return most
}

// writeRows aligns the first column left and the numbers right.
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

// writeParagraph prints wrapped text after an empty line.
func writeParagraph(out *strings.Builder, text string) {
	if text == "" {
		return
	}
	out.WriteString("\n" + strings.Join(wrap(text, tableWidth), "\n") + "\n")
}

// shorten cuts text to at most n runes, with an ellipsis for what is missing.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
