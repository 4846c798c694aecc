package summary

import (
	"fmt"
	"math"
	"slices"
)

// validate checks what readers of the summary rely on.
func (s *Summary) validate() error {
	for i, r := range s.AllRuns() {
		if err := r.validate(i); err != nil {
			return err
		}
	}
	several := len(s.Lengths()) > 0
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		complete := (c.Gain == nil || c.BaselineLoss != nil) && c.Difference.complete() &&
			(c.PValueHolm == nil || c.PValue != nil) &&
			(c.StepsSaved == nil || c.StepsToBaselineLoss.Mean != nil && c.BaselineSteps != nil) &&
			(c.Grade != Full || several && c.HorizonRatio != nil && len(c.Horizons) > 0) &&
			len(c.StepsSavedPerSeed) == len(c.Seeds) && len(c.StepsToBaselineLoss.PerSeed) == len(c.Seeds)
		for j := range c.SpeedUps {
			g := &c.SpeedUps[j]
			complete = complete && len(g.PerSeed) == len(c.Seeds) && (g.CI95 == nil || g.Ratio != nil)
		}
		for j := range c.Controls {
			complete = complete && c.Controls[j].Gain != nil && c.Controls[j].complete()
		}
		if !complete {
			return fmt.Errorf("comparison %d (%s) lacks numbers that others in it depend on", i, c.Label())
		}
	}
	for i, r := range s.References {
		if r.Name == "" || !finite(r.Loss) {
			return fmt.Errorf("reference %d has no name or a loss that is not finite", i)
		}
	}
	for i := range s.Matches {
		if !s.Matches[i].complete() {
			return fmt.Errorf("match %d lacks numbers that others in it depend on", i)
		}
	}
	for i := range s.Probes {
		if p := &s.Probes[i]; !p.complete() {
			return fmt.Errorf("probe %d (%s) lacks numbers that others in it depend on", i, p.Variant)
		}
	}
	for _, m := range s.Models {
		if err := m.validate(); err != nil {
			return err
		}
	}
	return nil
}

// consistent checks that the numbers of a document agree with each other: of a run there is
// one of a length, and the difference of a comparison is that of its final losses.
func (s *Summary) consistent() error {
	if u := s.Data.UnitsPerToken; u < 0 || !finite(u) {
		return fmt.Errorf("data has %v units per token", u)
	}
	seen := map[string]bool{}
	for _, r := range slices.Concat(s.Runs, s.Shorter) { // a part has those of its sweep too
		run := fmt.Sprintf("%s, seed %d, %d steps", r.Label(), r.Seed, max(r.Horizon, r.Steps))
		if seen[run+r.ConfigHash] {
			return fmt.Errorf("the run %s is there twice", run)
		}
		seen[run+r.ConfigHash] = true
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		if len(s.RunsOf(s.Baseline)) == 0 {
			return fmt.Errorf("there is no run of the baseline %q", s.Baseline)
		}
		if c.Gain == nil {
			continue
		}
		mean := 0.0
		for _, seed := range c.Seeds {
			base, own := s.finalOf(s.Baseline, seed), s.finalOf(c.Label(), seed)
			if base == nil || own == nil {
				return fmt.Errorf("comparison %d (%s) has seed %d, of which one side has no final loss", i, c.Label(), seed)
			}
			mean += (*base - *own) / float64(len(c.Seeds))
		}
		const rounding = 1e-6 // nats
		if math.Abs(mean-*c.Gain) > rounding || c.CI95 != nil && !(c.CI95[0] <= *c.Gain && *c.Gain <= c.CI95[1]) || c.PValue != nil && !(*c.PValue >= 0 && *c.PValue <= 1) {
			return fmt.Errorf("comparison %d (%s): its difference is not that of the final losses, %.6f nats; the document was changed", i, c.Label(), mean)
		}
	}
	return nil
}

// finalOf returns the final loss of a run, or nil.
func (s *Summary) finalOf(label string, seed uint64) *float64 {
	for _, r := range s.RunsOf(label) {
		if r.Seed == seed && r.FinalLoss != nil {
			return r.FinalLoss
		}
	}
	return nil
}

// validate checks that the levels of a model cover its channels one after another.
func (m *Model) validate() error {
	from := 0
	for i, l := range m.Levels {
		if l.From != from || l.To <= l.From || l.To > maxWidth || l.Window < 0 {
			return fmt.Errorf("model of %s: level %d has the channels %d to %d and the window %d", m.Variant, i, l.From, l.To, l.Window)
		}
		from = l.To
	}
	return nil
}

// validate checks run i of a summary.
func (r *Run) validate(i int) error {
	if r.Variant == "" {
		return fmt.Errorf("run %d has no variant", i)
	}
	name := fmt.Sprintf("run %d (%s, seed %d)", i, r.Label(), r.Seed)
	switch r.Status {
	case Finished, Diverged, Unfinished:
	default:
		return fmt.Errorf("%s has unknown status %q", name, r.Status)
	}
	for j, p := range r.Curve {
		if j > 0 && p.Step <= r.Curve[j-1].Step {
			return fmt.Errorf("%s: step %d follows step %d in the curve", name, p.Step, r.Curve[j-1].Step)
		}
		if !finite(p.Loss) || !finite(p.Seconds) || !finite(p.FLOPs) {
			return fmt.Errorf("%s: a number at step %d is not finite", name, p.Step)
		}
	}
	return nil
}

func (m *Match) complete() bool {
	complete := (m.Along == Depth || m.Along == Width) && len(m.Sizes) > 0
	for j := range m.Answers {
		a := &m.Answers[j]
		complete = complete && (a.Size == nil) == (a.Parameters == nil) && (a.Size != nil || a.MoreParameters == nil)
	}
	return complete
}

func (p *Probe) complete() bool {
	complete := len(p.Rise) == len(p.Levels) && len(p.LevelRise) == len(p.Levels) && len(p.BlockRise) == len(p.Blocks)
	for _, row := range p.Rise {
		complete = complete && len(row) == len(p.Blocks)
	}
	return complete
}

// complete says whether a tested difference has its mean and its interval.
func (d *Difference) complete() bool {
	return d.PValue == nil || d.Gain != nil && d.CI95 != nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
