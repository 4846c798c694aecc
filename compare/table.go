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

// textLines is how many lines of text WriteTable prints for up to five variants,
// beside the plot.
const textLines = 10

// WriteTable prints the summary for a terminal, at most 100 columns wide: a small
// plot, a row for each variant with means over its finished seeds, and in what
// is left of ten lines what one must know to read them. The whole verdict is in
// the summary and on the page.
func WriteTable(w io.Writer, s *Summary) error {
	var out strings.Builder
	labels := s.labels()
	for _, line := range plot(s, labels) {
		out.WriteString(line + "\n")
	}
	rows := tableRows(s, labels)
	writeRows(&out, rows)
	notes := briefs(s)
	for i, note := range notes {
		if room := max(textLines-len(rows), 2); i == room-1 && len(notes) > room {
			note = fmt.Sprintf("and %d remarks more, in the verdicts of report.html", len(notes)-i)
			out.WriteString(note + "\n")
			break
		}
		out.WriteString(shorten(note, tableWidth) + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// labels lists the variants, the baseline first.
func (s *Summary) labels() []string {
	labels := []string{s.Baseline}
	for i := range s.Runs {
		if label := s.Runs[i].Label(); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// tableRows returns two lines of heading and a row for each variant.
func tableRows(s *Summary, labels []string) [][]string {
	rows := [][]string{
		{"", "bits per", "", "steps to", "steps", "95 %", "seconds", "p after", ""},
		{"  variant", s.Data.Unit, "nats", "baseline", "saved", "interval", "saved", "Holm", "verdict"},
	}
	for i, label := range labels {
		row := []string{mark(i) + " " + shorten(label, 16), "-", "-", "-", "-", "-", "-", "-", "-"}
		if final, ok := meanOf(s, label, func(r *Run) *float64 { return r.FinalLoss }); ok {
			row[1], row[2] = fmt.Sprintf("%.3f", s.Data.Bits(final)), fmt.Sprintf("%.3f", final)
		} else {
			row[1] = s.unfinished(label)
		}
		for j := range s.Comparisons {
			c := &s.Comparisons[j]
			if label == s.Baseline && c.BaselineSteps != nil {
				row[3], row[8] = Count(*c.BaselineSteps), "baseline"
			}
			if c.Label() == label {
				c.fillRow(row)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// unfinished says why a variant has no finished run.
func (s *Summary) unfinished(label string) string {
	if slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Label() == label && r.Status == Diverged }) {
		return "diverged"
	}
	return "unfinished"
}

// fillRow puts what a comparison says into the row of its variant.
func (c *Comparison) fillRow(row []string) {
	row[8] = map[Outcome]string{FasterInSteps: "in steps only", NoDifference: "no difference"}[c.Outcome]
	if row[8] == "" {
		row[8] = string(c.Outcome)
	}
	if c.BaselineLoss == nil {
		return
	}
	row[3] = "never"
	if c.StepsSaved != nil {
		row[3], row[4] = Count(*c.StepsToBaselineLoss.Mean), Percent(*c.StepsSaved)
	}
	if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
		row[5] = fmt.Sprintf("%.0f to %.0f", 100*i.CI95[0], 100*i.CI95[1])
	}
	if c.SecondsSaved != nil {
		row[6] = Percent(*c.SecondsSaved)
	}
	if c.PValueHolm != nil {
		row[7] = strings.TrimPrefix(strings.TrimPrefix(probability(*c.PValueHolm), "p "), "= ")
	}
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

// shorten cuts text to at most n runes, with an ellipsis for what is missing.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
