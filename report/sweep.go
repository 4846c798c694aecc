package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// sweepFigure shows final losses at the longest horizon over the values of the one
// key, or of the first of several, where these are numbers.
func sweepFigure(s *summary.Summary, all []series) (figure, bool) {
	if s.Sweep == nil {
		return figure{}, false
	}
	keys := s.Sweep.KeyList()
	plot := linePlot{
		title: "Sweep of " + typeset.List(keys), xName: keys[0], yName: "bits per " + s.Data.Unit, logX: true, markPoints: true, full: true, csv: sweepName,
		caption: sweepCaption(s.Sweep),
	}
	longest := 0
	for i := range s.Sweep.Trials {
		longest = max(longest, s.Sweep.Trials[i].Horizon)
	}
	settings := s.Sweep.Settings()
	for _, v := range all {
		line := plotLine{label: v.label, class: v.class}
		for i := range settings {
			g := &settings[i]
			x, ok := summary.Number(g.Trials[0].Tuned[keys[0]])
			if g.Variant != v.label || !ok || longest > 0 && g.Horizon != longest {
				continue
			}
			plot.logX = plot.logX && x > 0
			// Settings of several keys are not a line over the first one.
			line.points = append(line.points, settingPoint(s, g, x, len(keys) > 1))
		}
		slices.SortFunc(line.points, func(a, b plotPoint) int { return cmp.Compare(a.x, b.x) })
		if len(line.points) > 0 {
			plot.lines = append(plot.lines, line)
		}
	}
	if len(plot.lines) == 0 {
		return figure{}, false
	}
	return plot.figure(), true
}

// settingPoint is the mean of the seeds, with a bar from the lowest to the highest.
func settingPoint(s *summary.Summary, g *summary.Setting, x float64, alone bool) plotPoint {
	at := plotPoint{x: x, absent: g.Mean == nil, ring: g.Chosen, estimate: alone}
	if g.Mean == nil {
		return at
	}
	at.y = s.Data.Bits(*g.Mean)
	at.low, at.high = at.y, at.y
	at.title = fmt.Sprintf("%s, %s: %.3f bits, %.3f nats", g.Variant, settingName(s.Sweep, g), at.y, *g.Mean)
	for _, t := range g.Trials {
		bits := s.Data.Bits(*t.FinalLoss)
		at.low, at.high = min(at.low, bits), max(at.high, bits)
		if len(g.Trials) > 1 {
			at.title += fmt.Sprintf("; seed %d: %.3f nats", t.Seed, *t.FinalLoss)
		}
	}
	return at
}

func settingName(s *summary.Sweep, g *summary.Setting) string {
	var parts []string
	for i, value := range s.Values(g.Trials[0]) {
		parts = append(parts, s.KeyList()[i]+" = "+value)
	}
	return strings.Join(parts, ", ")
}

func sweepCaption(s *summary.Sweep) string {
	var text string
	if len(s.Seeds) > 1 {
		var seeds []string
		for _, seed := range s.Seeds {
			seeds = append(seeds, seedText(seed))
		}
		text = fmt.Sprintf("Mean of the final validation losses with seeds %s, which no comparison uses; a bar ends at the seeds. A ring: chosen.", typeset.List(seeds))
	} else {
		text = fmt.Sprintf("Final validation loss with seed %d, which no comparison uses. A ring: chosen.", s.Seed)
	}
	if slices.ContainsFunc(s.Trials, func(t summary.Trial) bool { return t.Horizon != s.Trials[0].Horizon }) {
		text += " At the longest horizon; the table has the others."
	}
	for _, remark := range s.Remarks() {
		text += " " + remark
	}
	return text
}

// sweepRows has a row for each setting of each variant, at each horizon.
func sweepRows(s *summary.Summary) [][]string {
	if s.Sweep == nil {
		return nil
	}
	several := slices.ContainsFunc(s.Sweep.Trials, func(t summary.Trial) bool { return t.Horizon != s.Sweep.Trials[0].Horizon })
	steps := func(text string) []string {
		if several {
			return []string{text}
		}
		return nil
	}
	rows := [][]string{slices.Concat([]string{"Variant"}, steps("Steps"), s.Sweep.KeyList(), []string{"Final loss, bits", "nats", "Status", "Chosen"})}
	for _, g := range s.Sweep.Settings() {
		bits, nats, chosen := missing, missing, ""
		if g.Mean != nil {
			bits, nats = fmt.Sprintf("%.3f", s.Data.Bits(*g.Mean)), fmt.Sprintf("%.3f", *g.Mean)
		}
		switch {
		case g.Chosen:
			chosen = "chosen"
		case g.Near:
			chosen = "within the noise"
		}
		rows = append(rows, slices.Concat([]string{g.Variant}, steps(typeset.Count(float64(g.Horizon))), s.Sweep.Values(g.Trials[0]),
			[]string{bits, nats, string(g.Status()), chosen}))
	}
	return rows
}

// sweepTable has a line for each run. Several keys and their values are in one cell
// each, in the same order.
func sweepTable(s *summary.Summary) (rows [][]string) {
	if s.Sweep == nil {
		return nil
	}
	keys := strings.Join(s.Sweep.KeyList(), " ")
	for i := range s.Sweep.Trials {
		t := &s.Sweep.Trials[i]
		rows = append(rows, []string{t.Label(), keys, strings.Join(s.Sweep.Values(t), " "), seedText(t.Seed), exactOrEmpty(t.FinalLoss),
			strconv.FormatBool(t.Chosen), strconv.Itoa(t.Horizon)})
	}
	return rows
}
