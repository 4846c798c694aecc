package summary

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A study is the finished runs of one data set and configuration by length of
// training, from short to long.
type study []length

// length is the finished runs of one horizon, by label and seed.
type length struct {
	steps  int
	runs   map[string]map[uint64]*Run
	groups []int // of the final windows; nil: each is independent of the others
}

// lengths returns the finished runs of summaries by horizon. Imported curves, whose
// schedule is unknown, do not count, nor do runs that are shorter than a horizon
// because they are confirmations or variants with other steps.
func lengths(summaries ...*Summary) study {
	at := map[int]length{}
	for _, s := range summaries {
		for i := range s.Runs {
			s.lengthen(at, &s.Runs[i], cmp.Or(s.Runs[i].Horizon, s.LongestRun()))
		}
		for i := range s.Shorter {
			s.lengthen(at, &s.Shorter[i], s.Shorter[i].Horizon)
		}
	}
	var all study
	for _, steps := range slices.Sorted(maps.Keys(at)) {
		all = append(all, at[steps])
	}
	return all
}

// lengthen adds a run to those of its horizon.
func (s *Summary) lengthen(at map[int]length, r *Run, horizon int) {
	if r.Status != Finished || r.FinalLoss == nil || r.Source != "" || r.Steps != horizon {
		return
	}
	l, ok := at[horizon]
	if !ok {
		l = length{steps: horizon, runs: map[string]map[uint64]*Run{}, groups: s.WindowDocuments}
		at[horizon] = l
	}
	if l.runs[r.Label()] == nil {
		l.runs[r.Label()] = map[uint64]*Run{}
	}
	if l.runs[r.Label()][r.Seed] == nil {
		l.runs[r.Label()][r.Seed] = r
	}
}

// Lengths lists the horizons of a summary, ascending: one if all runs have the same
// schedule.
func (s *Summary) Lengths() (steps []int) {
	for _, l := range lengths(s) {
		steps = append(steps, l.steps)
	}
	return steps
}

// FinalLosses returns the final losses of a variant by length of training, in the
// order of the seeds. Those of imported curves and unfinished runs are not among them.
func FinalLosses(label string, summaries ...*Summary) map[int][]float64 {
	losses := map[int][]float64{}
	for _, l := range lengths(summaries...) {
		for _, seed := range slices.Sorted(maps.Keys(l.runs[label])) {
			losses[l.steps] = append(losses[l.steps], *l.runs[label][seed].FinalLoss)
		}
	}
	return losses
}

// measureHorizons fills in the ratios of a comparison. They need two horizons, and
// runs at the longest of the plan.
func (c *Comparison) measureHorizons(all study, baseline string, longest int) {
	c.Grade, c.HorizonRatio, c.Horizons = Quick, nil, nil
	label := c.Label()
	if label == baseline {
		return
	}
	for i, l := range all {
		h := Horizon{Steps: l.steps}
		h.Loss, h.BaselineLoss = meanFinals(l.runs[label], l.runs[baseline])
		if r, ok := all.ratio(baseline, label, i); ok {
			h.Ratio, h.CI95, h.Bound, h.Open = &r.Value, r.CI95, r.Bound, r.Open
			if l.steps == longest && len(l.runs[label]) > 0 {
				c.Grade, c.HorizonRatio = Full, &r
			}
		}
		c.Horizons = append(c.Horizons, h)
	}
	if c.Grade == Quick {
		c.Horizons = nil
	}
}

// meanFinals returns the mean final losses of two variants over their common seeds.
func meanFinals(variant, baseline map[uint64]*Run) (own, base *float64) {
	n, v, b := 0, 0.0, 0.0
	for _, seed := range slices.Sorted(maps.Keys(variant)) {
		if other := baseline[seed]; other != nil {
			n, v, b = n+1, v+*variant[seed].FinalLoss, b+*other.FinalLoss
		}
	}
	if n == 0 {
		return nil, nil
	}
	v, b = v/float64(n), b/float64(n)
	return &v, &b
}

// A HorizonRatio is the [Ratio] of a variant in a study of several lengths.
type HorizonRatio struct {
	Ratio
	Variant string
	Horizon int   // H
	Steps   []int // the horizons of the variant, ascending
}

// HorizonRatios returns the ratios of the variants that have runs at several
// horizons in summaries of one data set and configuration but for the length of
// training. The package comment defines them.
func HorizonRatios(summaries []*Summary) []HorizonRatio {
	var ratios []HorizonRatio
	for _, group := range Horizons(summaries) {
		longest, all := group[len(group)-1], lengths(group...)
		for i := range longest.Comparisons {
			label := longest.Comparisons[i].Label()
			if label == longest.Baseline {
				continue
			}
			r, ok := all.ratio(longest.Baseline, label, len(all)-1)
			if !ok {
				continue
			}
			of := HorizonRatio{Ratio: r, Variant: label, Horizon: all[len(all)-1].steps}
			for _, l := range all {
				if len(l.runs[label]) > 0 {
					of.Steps = append(of.Steps, l.steps)
				}
			}
			ratios = append(ratios, of)
		}
	}
	return ratios
}

// Horizons groups summaries that differ in the length of training only, each
// group from short to long, without those that are alone, or have several lengths and
// so their own ratios. Of two summaries of one length only the first counts; [Merge]
// joins them before.
func Horizons(summaries []*Summary) (groups [][]*Summary) {
	at := map[string]int{}
	for _, s := range summaries {
		c, err := s.configuration()
		if err != nil || s.Data.Hash == "" || len(s.Lengths()) > 1 {
			continue
		}
		// What differs between horizons, and what changes no final loss.
		c.Train.Seed, c.Train.Steps, c.Train.Warmup, c.Train.EvalEvery, c.Model.Mixer = 0, 0, 0, 0, ""
		key := fmt.Sprint(s.Data.Hash, s.Windows, s.Baseline, c.Hash(""))
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	for i, group := range groups {
		slices.SortStableFunc(group, func(a, b *Summary) int { return a.LongestRun() - b.LongestRun() })
		groups[i] = slices.CompactFunc(group, func(a, b *Summary) bool { return a.LongestRun() == b.LongestRun() })
	}
	return slices.DeleteFunc(groups, func(group []*Summary) bool { return len(group) < 2 })
}

// TooWide explains [Ratio].Wide.
const TooWide = "Horizons far apart make shares between them a few hundredths too high, more than their intervals say. " +
	"Half octaves do not: --horizons 1000,1414,2000,2828."

// WriteHorizons prints the ratios of summaries of different lengths for a terminal, at
// most as wide and 80 columns, or nothing if there are none.
func WriteHorizons(w io.Writer, ratios []HorizonRatio) error {
	if len(ratios) == 0 {
		return nil
	}
	width := widthOf(w)
	lines := append([]string{""}, breakLines("steps to end as low as the baseline does at its longest horizon, as a share of its steps; every loss is that of a whole schedule", width)...)
	row := func(format string, cells ...any) {
		lines = append(lines, typeset.Shorten(fmt.Sprintf(format, cells...), width))
	}
	row("")
	row("  %-19s %-29s %5s  %s", "variant", "share [95 %]", "seeds", "horizons")
	for _, r := range ratios {
		var steps []string
		for _, h := range r.Steps {
			steps = append(steps, typeset.Count(float64(h)))
		}
		row("  %-19s %-29s %5d  %s", typeset.Shorten(r.Variant, 19), r.cell(), len(r.Seeds), typeset.Shorten(strings.Join(steps, ", "), 21))
	}
	for _, r := range ratios {
		if len(r.Without) > 0 {
			row("  %s: without %s", typeset.Shorten(r.Variant, 30), r.lacking())
		}
	}
	if slices.ContainsFunc(ratios, func(r HorizonRatio) bool { return r.Wide }) {
		lines = append(append(lines, ""), breakLines(TooWide, width)...)
	}
	text := strings.Join(lines, "\n") + "\n"
	_, err := io.WriteString(w, text)
	return err
}
