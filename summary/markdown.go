package summary

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// WriteMarkdown writes the summary as tables for a document: the variants, the
// sweep, the larger baselines, and the levels of probed variants. Nothing in it is
// cut short.
func WriteMarkdown(w io.Writer, s *Summary) error {
	var out strings.Builder
	if s.Grade() == Full {
		writeMarkdownTable(&out, s.horizonRows())
		out.WriteString("\n")
	}
	writeMarkdownTable(&out, s.markdownRows())
	if s.Sweep != nil {
		out.WriteString("\n")
		s.Sweep.writeMarkdown(&out)
	}
	for i := range s.Matches {
		m := &s.Matches[i]
		out.WriteString("\n")
		writeMarkdownTable(&out, m.markdownRows(s.Baseline))
		for j := range m.Answers {
			a := &m.Answers[j]
			fmt.Fprintf(&out, "\n`%s`: %s\n", a.Variant, m.sentence(a, "`"+s.Baseline+"`"))
		}
	}
	for i := range s.Probes {
		if p := &s.Probes[i]; len(p.Levels) > 1 && len(p.LevelRise) == len(p.Levels) {
			fmt.Fprintf(&out, "\n`%s`, increase in loss with one level bypassed in all blocks, in nats, by window: %s.\n", p.Variant, p.levelRises())
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// markdownRows has a row for each variant. Crossings are left out beside the shares of a full
// comparison: they are no measure of speed.
func (s *Summary) markdownRows() [][]string {
	rows, rests := s.Rows(), s.RestsOn()
	var controls []string // that some variant is compared with
	for i := range rows {
		for _, cell := range rows[i].Controls {
			if !slices.Contains(controls, cell.Control) {
				controls = append(controls, cell.Control)
			}
		}
	}
	head := []string{"variant", "bits per " + s.Data.Unit, "nats", "test, nats", "steps to the baseline's best loss", "steps saved (95 %)",
		"seconds saved", "steps saved after the plateau", "final loss minus the baseline's, nats (95 %)", "p after Holm", "verdict (" + rests + ")",
		"retrained with a schedule of that length"}
	for _, control := range controls {
		head = append(head, "final loss minus that of `"+control+"`, nats (95 %)")
	}
	table := [][]string{head}
	for i := range rows {
		r := &rows[i]
		crossing := []string{r.Steps, WithInterval(r.StepsSaved, r.StepsSavedInterval), r.SecondsSaved, r.StepsSavedAfterPlateau}
		if s.Grade() == Full {
			crossing = make([]string, len(crossing))
		}
		line := slices.Concat([]string{"`" + r.Label + "`", cmp.Or(r.Bits, r.Status), r.Nats, r.TestNats}, crossing,
			[]string{WithInterval(r.Difference, r.DifferenceInterval), r.P, r.VerdictUnder(rests), r.Confirmation})
		for _, control := range controls {
			line = append(line, r.Control(control))
		}
		table = append(table, line)
	}
	if r := s.FinalReference(); r != nil {
		line := append([]string{r.Name, typeset.Loss(s.Data.Bits(r.Loss)), typeset.Loss(r.Loss)}, make([]string, len(head)-3)...)
		line[10] = referenceVerdict
		table = append(table, line)
	}
	return table
}

// horizonRows has the mean final loss of each variant by length of training, and the
// share of the baseline's steps after which it ends as low.
func (s *Summary) horizonRows() [][]string {
	horizons := s.Lengths()
	head := []string{"variant"}
	for _, steps := range horizons {
		head = append(head, "nats after "+typeset.Counted(steps, "step"))
	}
	longest := typeset.Count(float64(horizons[len(horizons)-1]))
	table := [][]string{append(head, "ends as low as `"+s.Baseline+"` after "+longest+" in this share of the steps (95 %)", "of the tokens", "of the FLOPs", "of the seconds")}
	for _, r := range s.Rows() {
		losses := FinalLosses(r.Label, s)
		line := []string{"`" + r.Label + "`"}
		for _, steps := range horizons {
			cell := ""
			if of := losses[steps]; len(of) > 0 {
				cell = typeset.Loss(stat.Mean(of, nil))
			}
			line = append(line, cell)
		}
		table = append(table, append(line, WithInterval(r.Share, r.ShareInterval), r.ShareTokens, r.ShareFLOPs, r.ShareSeconds))
	}
	return table
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
		for j, cell := range []string{typeset.Count(float64(size.Size)), typeset.Count(float64(size.Parameters)), loss} {
			rows[j] = append(rows[j], cell)
		}
	}
	return rows
}

// levelRises lists the windows of the levels with the rise of each.
func (p *Probe) levelRises() string {
	var list []string
	for i, l := range p.Levels {
		list = append(list, fmt.Sprintf("%d: %.3f", l.Window, p.LevelRise[i]))
	}
	return typeset.Minus(strings.Join(list, ", "))
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
