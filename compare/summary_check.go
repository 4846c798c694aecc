package compare

import (
	"fmt"
	"math"
)

// validate checks what a reader of the summary relies on.
func (s *Summary) validate() error {
	for i, r := range s.everyRun() {
		if err := r.validate(i); err != nil {
			return err
		}
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		complete := (c.Gain == nil || c.BaselineLoss != nil) && c.Difference.complete() &&
			(c.PValueHolm == nil || c.PValue != nil) &&
			(c.StepsSaved == nil || c.StepsToBaselineLoss.Mean != nil && c.BaselineSteps != nil) &&
			len(c.StepsSavedPerSeed) == len(c.Seeds) && len(c.StepsToBaselineLoss.PerSeed) == len(c.Seeds)
		for j := range c.SpeedUps {
			g := &c.SpeedUps[j]
			complete = complete && len(g.PerSeed) == len(c.Seeds) && (g.CI95 == nil || g.Ratio != nil)
		}
		for j := range c.Controls {
			complete = complete && c.Controls[j].Gain != nil && c.Controls[j].complete()
		}
		if !complete {
			return fmt.Errorf("comparison %d (%s) lacks numbers that others in it rest on", i, c.Label())
		}
	}
	return s.validateBeyond()
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

// validateBeyond is validate for what was asked beyond the comparison.
func (s *Summary) validateBeyond() error {
	for i := range s.Matches {
		m := &s.Matches[i]
		complete := (m.Along == Depth || m.Along == Width) && len(m.Sizes) > 0
		for j := range m.Answers {
			a := &m.Answers[j]
			complete = complete && (a.Size == nil) == (a.Parameters == nil) && (a.Size != nil || a.MoreParameters == nil)
		}
		if !complete {
			return fmt.Errorf("match %d lacks numbers that others in it rest on", i)
		}
	}
	for i := range s.Probes {
		p := &s.Probes[i]
		complete := len(p.Rise) == len(p.Levels) && len(p.LevelRise) == len(p.Levels) && len(p.BlockRise) == len(p.Blocks)
		for _, row := range p.Rise {
			complete = complete && len(row) == len(p.Blocks)
		}
		if !complete {
			return fmt.Errorf("probe %d (%s) lacks numbers that others in it rest on", i, p.Variant)
		}
	}
	return nil
}

// complete says whether a tested difference has its mean and its interval.
func (d *Difference) complete() bool {
	return d.PValue == nil || d.Gain != nil && d.CI95 != nil
}

// fillEmpty makes lists and objects that are nil empty, in copies: a reader in
// another language then meets [] and {}, never null.
func (s *Summary) fillEmpty() {
	s.Runs = filledRuns(s.Runs)
	s.Comparisons = copied(s.Comparisons)
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		c.Set, c.Seeds, c.Controls = object(c.Set), copied(c.Seeds), copied(c.Controls)
		c.StepsToBaselineLoss.PerSeed = copied(c.StepsToBaselineLoss.PerSeed)
		c.StepsSavedPerSeed = copied(c.StepsSavedPerSeed)
		c.SpeedUps = copied(c.SpeedUps)
		for j := range c.SpeedUps {
			c.SpeedUps[j].PerSeed = copied(c.SpeedUps[j].PerSeed)
		}
	}
	s.Samples = copied(s.Samples)
	for i := range s.Samples {
		s.Samples[i].Set = object(s.Samples[i].Set)
	}
	s.fillEmptyBeyond()
}

func filledRuns(list []Run) []Run {
	list = copied(list)
	for i := range list {
		list[i].fillEmpty()
	}
	return list
}

func (r *Run) fillEmpty() {
	r.Curve, r.Set, r.Tuned, r.WindowLosses = copied(r.Curve), object(r.Set), object(r.Tuned), copied(r.WindowLosses)
}

// fillEmptyBeyond is fillEmpty for what was asked beyond the comparison.
func (s *Summary) fillEmptyBeyond() {
	if s.Sweep != nil {
		sweep := *s.Sweep
		sweep.Trials = copied(sweep.Trials)
		for i := range sweep.Trials {
			sweep.Trials[i].fillEmpty()
		}
		s.Sweep = &sweep
	}
	s.Confirmations = copied(s.Confirmations)
	for i := range s.Confirmations {
		s.Confirmations[i].Runs = filledRuns(s.Confirmations[i].Runs)
	}
	s.Matches = copied(s.Matches)
	for i := range s.Matches {
		m := &s.Matches[i]
		m.Sizes, m.Answers = copied(m.Sizes), copied(m.Answers)
		for j := range m.Sizes {
			m.Sizes[j].Runs = filledRuns(m.Sizes[j].Runs)
		}
	}
	s.Probes = copied(s.Probes)
	for i := range s.Probes {
		p := &s.Probes[i]
		p.Positions, p.Levels, p.Blocks = copied(p.Positions), copied(p.Levels), copied(p.Blocks)
		p.Rise, p.LevelRise, p.BlockRise = copied(p.Rise), copied(p.LevelRise), copied(p.BlockRise)
		for j := range p.Rise {
			p.Rise[j] = copied(p.Rise[j])
		}
	}
}

func copied[T any](list []T) []T { return append([]T{}, list...) }

func object(set map[string]any) map[string]any {
	if set == nil {
		return map[string]any{}
	}
	return set
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
