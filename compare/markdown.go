package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteMarkdown writes the summary as tables for a document: the variants, what
// a sweep found, what larger baselines come to, and what the levels of a probed
// variant do. Nothing in it is cut short.
func WriteMarkdown(w io.Writer, s *Summary) error {
	var out strings.Builder
	labels := s.labels()
	var controlled []string // controls that some variant is compared with
	for i := range s.Comparisons {
		for _, c := range s.Comparisons[i].Controls {
			if !slices.Contains(controlled, c.Variant) {
				controlled = append(controlled, c.Variant)
			}
		}
	}
	rows := [][]string{{"variant", "bits per " + s.Data.Unit, "nats", "test, nats", "steps to the baseline's best loss", "steps saved (95 %)",
		"seconds saved", "steps saved after the plateau", "final loss, nats, to the baseline (95 %)", "p after Holm", "verdict"}}
	if len(s.Confirmations) > 0 {
		rows[0] = append(rows[0], "trained again in as many steps")
	}
	for _, control := range controlled {
		rows[0] = append(rows[0], "to `"+control+"`, nats (95 %)")
	}
	for _, label := range labels {
		rows = append(rows, s.markdownRow(label, len(s.Confirmations) > 0, controlled))
	}
	writeMarkdownTable(&out, rows)
	if s.Sweep != nil {
		out.WriteString("\n")
		writeMarkdownTable(&out, s.Sweep.markdownRows())
	}
	for i := range s.Matches {
		m := &s.Matches[i]
		out.WriteString("\n")
		writeMarkdownTable(&out, m.markdownRows(s.Baseline))
		for j := range m.Answers {
			a := &m.Answers[j]
			fmt.Fprintf(&out, "\n`%s`: %s\n", a.Variant, m.words(a, "`"+s.Baseline+"`"))
		}
	}
	for i := range s.Probes {
		if p := &s.Probes[i]; len(p.Levels) > 1 && len(p.LevelRise) == len(p.Levels) {
			fmt.Fprintf(&out, "\n`%s`, what the loss rises by, in nats, with one level passed unchanged after all blocks: %s.\n", p.Variant, p.rises())
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// markdownRow is what is known of one variant.
func (s *Summary) markdownRow(label string, confirmed bool, controls []string) []string {
	row := make([]string, 11)
	row[0] = "`" + label + "`"
	if final, ok := meanOf(s, label, func(r *Run) *float64 { return r.FinalLoss }); ok {
		row[1], row[2] = fmt.Sprintf("%.3f", s.Data.Bits(final)), fmt.Sprintf("%.3f", final)
	} else {
		row[1] = s.unfinished(label)
	}
	if test, ok := meanOf(s, label, func(r *Run) *float64 { return r.TestLoss }); ok {
		row[3] = fmt.Sprintf("%.3f", test)
	}
	i := slices.IndexFunc(s.Comparisons, func(c Comparison) bool { return c.Label() == label })
	if label == s.Baseline && len(s.Comparisons) > 0 {
		row[10] = "baseline"
		if steps := s.Comparisons[0].BaselineSteps; steps != nil {
			row[4] = Count(*steps)
		}
	}
	if i >= 0 {
		c, cells := &s.Comparisons[i], make([]string, 9)
		c.fillRow(cells)
		row[4], row[5], row[6], row[9], row[10] = cells[3], cells[4], cells[6], cells[7], cells[8]
		if cells[5] != "" {
			row[5] += " (" + cells[5] + ")"
		}
		row[5], row[6] = typeset(row[5]), typeset(row[6])
		if x := c.StepsSavedAfterPlateau; x != nil {
			row[7] = typeset(Percent(*x))
		}
		row[8] = c.Difference.markdown()
	}
	if confirmed {
		row = append(row, s.ownSchedule(label))
	}
	for _, control := range controls {
		cell := ""
		if i >= 0 {
			for _, c := range s.Comparisons[i].Controls {
				if c.Variant == control {
					cell = c.Difference.markdown()
				}
			}
		}
		row = append(row, cell)
	}
	return row
}

// markdown is a difference of final losses, negative where the variant is lower.
func (d *Difference) markdown() string {
	if d.Gain == nil {
		return ""
	}
	text := fmt.Sprintf("%+.3f", -*d.Gain)
	if d.CI95 != nil {
		text += fmt.Sprintf(" (%+.3f to %+.3f)", -d.CI95[1], -d.CI95[0])
	}
	return typeset(text)
}

// typeset is a text of figures with the minus sign of a document.
func typeset(text string) string {
	return strings.ReplaceAll(text, "-", "−")
}

// ownSchedule says what became of a variant that was trained again.
func (s *Summary) ownSchedule(label string) string {
	for i := range s.Confirmations {
		c := &s.Confirmations[i]
		if c.Variant != label || c.FinalLoss == nil {
			continue
		}
		word := "not confirmed"
		if c.Confirmed {
			word = "confirmed"
		}
		return fmt.Sprintf("%s: %s steps, %.3f nats", word, Count(float64(c.Steps)), *c.FinalLoss)
	}
	return ""
}

// markdownRows has a row for each variant and a column for each value.
func (s *Sweeping) markdownRows() [][]string {
	head := []string{"final nats, by " + s.Key}
	var rows [][]string
	for i := range s.Trials {
		t := &s.Trials[i]
		name, value := "`"+t.Label()+"`", valueText(t.Tuned[s.Key])
		column := slices.Index(head, value)
		if column < 0 {
			column, head = len(head), append(head, value)
		}
		row := slices.IndexFunc(rows, func(r []string) bool { return r[0] == name })
		if row < 0 {
			row, rows = len(rows), append(rows, []string{name})
		}
		for len(rows[row]) <= column {
			rows[row] = append(rows[row], "")
		}
		switch {
		case t.FinalLoss == nil:
			rows[row][column] = string(t.Status)
		case t.Chosen:
			rows[row][column] = fmt.Sprintf("**%.3f**", *t.FinalLoss)
		default:
			rows[row][column] = fmt.Sprintf("%.3f", *t.FinalLoss)
		}
	}
	return append([][]string{head}, rows...)
}

// markdownRows has a column for each size of the baseline.
func (m *Match) markdownRows(baseline string) [][]string {
	rows := [][]string{{"`" + baseline + "`, " + m.unit()}, {"parameters"}, {"final nats"}}
	for i := range m.Sizes {
		size := &m.Sizes[i]
		loss := "unfinished"
		if size.FinalLoss != nil {
			loss = fmt.Sprintf("%.3f", *size.FinalLoss)
		}
		for j, cell := range []string{Count(float64(size.Size)), Count(float64(size.Parameters)), loss} {
			rows[j] = append(rows[j], cell)
		}
	}
	return rows
}

// rises lists the levels of a probed variant with what each does.
func (p *Probe) rises() string {
	var list []string
	for i, l := range p.Levels {
		list = append(list, fmt.Sprintf("%d: %.3f", l.Window, p.LevelRise[i]))
	}
	return typeset(strings.Join(list, ", "))
}

// writeMarkdownTable writes rows, of which the first is the heading, without the
// columns that are empty below it.
func writeMarkdownTable(out *strings.Builder, rows [][]string) {
	for i, row := range rows {
		line, rule := "|", "|"
		for j, cell := range row {
			if j == 0 || slices.ContainsFunc(rows[1:], func(r []string) bool { return j < len(r) && r[j] != "" }) {
				line, rule = line+" "+cell+" |", rule+"---|"
			}
		}
		out.WriteString(line + "\n")
		if i == 0 {
			out.WriteString(rule + "\n")
		}
	}
}
