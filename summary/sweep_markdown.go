package summary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// writeMarkdown writes a table of what was tried, and remarks. A document with one
// seed has no remarks: those of its time said them in words of their own.
func (s *Sweep) writeMarkdown(out *strings.Builder) {
	if len(s.KeyList()) > 1 || len(s.Rungs) > 0 {
		writeMarkdownTable(out, s.settingRows())
	} else {
		writeMarkdownTable(out, s.valueRows())
	}
	if len(s.Seeds) > 1 {
		for _, remark := range s.Remarks() {
			out.WriteString("\n" + remark + "\n")
		}
	}
}

// valueRows has a row for each variant, at each horizon if there are several, and a
// column for each value.
func (s *Sweep) valueRows() [][]string {
	head := []string{"final nats, by " + s.Key}
	var rows [][]string
	for _, g := range s.Settings() {
		name, value := "`"+g.Variant+"`", s.name(g.Trials[0].Tuned)
		if s.severalHorizons() {
			name += ", " + typeset.Counted(g.Horizon, "step")
		}
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
		rows[row][column] = g.nats()
	}
	return append([][]string{head}, rows...)
}

// settingRows has a row for each setting and a column for each key.
func (s *Sweep) settingRows() [][]string {
	rows := [][]string{slices.Concat([]string{"variant", "steps"}, s.KeyList(), []string{"final nats"})}
	for _, g := range s.Settings() {
		rows = append(rows, slices.Concat([]string{"`" + g.Variant + "`", typeset.Count(float64(g.Horizon))}, s.Values(g.Trials[0]), []string{g.nats()}))
	}
	return rows
}

// nats is the mean loss of a setting, bold if it is chosen, or why there is none.
func (g *Setting) nats() string {
	switch {
	case g.Mean == nil:
		return string(g.Status())
	case g.Chosen:
		return fmt.Sprintf("**%.3f**", *g.Mean)
	}
	return fmt.Sprintf("%.3f", *g.Mean)
}
