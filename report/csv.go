package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Names of the tables beside a page. An empty table is not written.
const (
	curvesName    = "curves.csv"
	lossesName    = "losses.csv"
	savedName     = "saved.csv"
	horizonsName  = "horizons.csv"
	speedUpName   = "speedup.csv"
	sweepName     = "sweep.csv"
	matchName     = "match.csv"
	probeName     = "probe.csv"
	positionsName = "positions.csv"
	windowsName   = "windows.csv"
)

// csvTable is a file of numbers: its heading and its rows of a summary.
type csvTable struct {
	name    string
	heading func(*summary.Summary) []string
	rows    func(*summary.Summary) [][]string
}

// csvTables lists the tables. Numbers have enough digits to read back to the same
// value; one that is not defined or was not reached is empty.
func csvTables() []csvTable {
	fixed := func(names ...string) func(*summary.Summary) []string {
		return func(*summary.Summary) []string { return names }
	}
	return []csvTable{
		{curvesName, func(s *summary.Summary) []string {
			return []string{"variant", "seed", "horizon", "status", "step", "tokens", "flops", "seconds", "nats_per_token", "bits_per_" + s.Data.Unit}
		}, curvesTable},
		{lossesName, fixed("variant", "seed", "horizon", "status", "parameters", "best_nats", "final_nats", "test_nats", "plateau_step"), lossesTable},
		{horizonsName, fixed("variant", "steps", "nats", "baseline_nats", "ratio", "bound", "low", "high"), horizonsTable},
		{savedName, fixed("variant", "seed", "steps_saved", "low", "high"), savedTable},
		{speedUpName, fixed("variant", "nats_per_token", "baseline_steps", "steps", "ratio", "low", "high"), speedUpTable},
		{sweepName, fixed("variant", "key", "value", "seed", "final_nats", "chosen", "steps"), sweepTable},
		{matchName, fixed("along", "size", "parameters", "final_nats", "as_good_as"), matchTable},
		{probeName, fixed("variant", "seed", "window", "from_channel", "to_channel", "block", "nats_more"), probeTable},
		{positionsName, fixed("variant", "seed", "position", "nats_per_token"), positionsTable},
		{windowsName, fixed("variant", "channel", "positions"), windowsTable},
	}
}

// write writes a table of one or more summaries. If there are several, a first
// column numbers them. found is false if there is only a heading.
func (t *csvTable) write(w io.Writer, summaries []*summary.Summary) (found bool, err error) {
	out := csv.NewWriter(w)
	heading := t.heading(summaries[0])
	if len(summaries) > 1 {
		heading = append([]string{"comparison"}, heading...)
	}
	lines := [][]string{heading}
	for i, s := range summaries {
		for _, row := range t.rows(s) {
			if len(summaries) > 1 {
				row = append([]string{strconv.Itoa(i + 1)}, row...)
			}
			lines = append(lines, row)
		}
	}
	if err := out.WriteAll(lines); err != nil {
		return false, fmt.Errorf("report: %s: %w", t.name, err)
	}
	return len(lines) > 1, nil
}

func exact(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func exactOrEmpty(x *float64) string {
	if x == nil {
		return ""
	}
	return exact(*x)
}

func ends(interval *[2]float64) (low, high string) {
	if interval == nil {
		return "", ""
	}
	return exact(interval[0]), exact(interval[1])
}

func seedText(seed uint64) string { return strconv.FormatUint(seed, 10) }

// runsOfAllHorizons lists the runs of the longest horizon, then the shorter ones.
func runsOfAllHorizons(s *summary.Summary) []summary.Run { return slices.Concat(s.Runs, s.Shorter) }

// horizonText is the length of a run's schedule, empty if it is unknown.
func horizonText(r summary.Run) string {
	if r.Horizon == 0 {
		return ""
	}
	return strconv.Itoa(r.Horizon)
}

func curvesTable(s *summary.Summary) (rows [][]string) {
	for _, r := range runsOfAllHorizons(s) {
		for _, p := range r.Curve {
			rows = append(rows, []string{
				r.Label(), seedText(r.Seed), horizonText(r), string(r.Status), strconv.Itoa(p.Step), strconv.FormatInt(p.Tokens, 10),
				exact(p.FLOPs), exact(p.Seconds), exact(p.Loss), exact(s.Data.Bits(p.Loss)),
			})
		}
	}
	return rows
}

func lossesTable(s *summary.Summary) (rows [][]string) {
	for _, r := range runsOfAllHorizons(s) {
		rows = append(rows, []string{r.Label(), seedText(r.Seed), horizonText(r), string(r.Status), strconv.FormatInt(r.Parameters, 10),
			exactOrEmpty(r.BestLoss), exactOrEmpty(r.FinalLoss), exactOrEmpty(r.TestLoss), exactOrEmpty(r.PlateauStep)})
	}
	return rows
}

// horizonsTable has a row for each variant and length of training. The ratio is that
// to the baseline's final loss after so many steps.
func horizonsTable(s *summary.Summary) (rows [][]string) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		for _, h := range c.Horizons {
			low, high := ends(h.CI95)
			rows = append(rows, []string{c.Label(), strconv.Itoa(h.Steps), exactOrEmpty(h.Loss), exactOrEmpty(h.BaselineLoss),
				exactOrEmpty(h.Ratio), string(h.Bound), low, high})
		}
	}
	return rows
}

// savedTable has a row for each seed, and one without a seed for the mean curve.
func savedTable(s *summary.Summary) (rows [][]string) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		var interval *[2]float64
		if c.StepsSavedInterval != nil {
			interval = c.StepsSavedInterval.CI95
		}
		low, high := ends(interval)
		rows = append(rows, []string{c.Label(), "", exactOrEmpty(c.StepsSaved), low, high})
		for j, saved := range c.StepsSavedPerSeed {
			rows = append(rows, []string{c.Label(), seedText(c.Seeds[j]), exactOrEmpty(saved), "", ""})
		}
	}
	return rows
}

func speedUpTable(s *summary.Summary) (rows [][]string) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		for j := range c.SpeedUps {
			g := &c.SpeedUps[j]
			low, high := ends(g.CI95)
			rows = append(rows, []string{c.Label(), exact(g.Loss), exactOrEmpty(g.BaselineSteps), exactOrEmpty(g.Steps), exactOrEmpty(g.Ratio), low, high})
		}
	}
	return rows
}

func matchTable(s *summary.Summary) (rows [][]string) {
	for i := range s.Matches {
		m := &s.Matches[i]
		for j := range m.Sizes {
			size := &m.Sizes[j]
			rows = append(rows, []string{m.Along, strconv.Itoa(size.Size), strconv.FormatInt(size.Parameters, 10), exactOrEmpty(size.FinalLoss), ""})
		}
		for j := range m.Answers {
			a := &m.Answers[j]
			rows = append(rows, []string{m.Along, exactOrEmpty(a.Size), exactOrEmpty(a.Parameters), exact(a.FinalLoss), a.Variant})
		}
	}
	return rows
}

// probeTable leaves the block empty for all blocks and the level empty for all
// levels.
func probeTable(s *summary.Summary) (rows [][]string) {
	for i := range s.Probes {
		p := &s.Probes[i]
		row := func(level *summary.Level, block string, rise float64) {
			cells := []string{p.Variant, seedText(p.Seed), "", "", "", block, exact(rise)}
			if level != nil {
				cells[2], cells[3], cells[4] = strconv.Itoa(level.Window), strconv.Itoa(level.From), strconv.Itoa(level.To)
			}
			rows = append(rows, cells)
		}
		for j := range p.Levels {
			for k, block := range p.Blocks {
				row(&p.Levels[j], blockName(block), p.Rise[j][k])
			}
			row(&p.Levels[j], "", p.LevelRise[j])
		}
		for k, block := range p.Blocks {
			row(nil, blockName(block), p.BlockRise[k])
		}
	}
	return rows
}

func positionsTable(s *summary.Summary) (rows [][]string) {
	for _, p := range positionLosses(s) {
		for j, loss := range p.losses {
			rows = append(rows, []string{p.label, seedText(p.seed), strconv.Itoa(j + 1), exact(loss)})
		}
	}
	return rows
}

func windowsTable(s *summary.Summary) (rows [][]string) {
	for _, t := range windowTables(s, collect(s)) {
		for _, l := range t.levels {
			for channel := l.From; channel < l.To; channel++ {
				rows = append(rows, []string{t.label, strconv.Itoa(channel), strconv.Itoa(l.Window)})
			}
		}
	}
	return rows
}
