package summary

// fillEmpty makes lists and objects that are nil empty, in copies: a reader in
// another language then meets [] and {}, never null.
func (s *Summary) fillEmpty() {
	s.Runs = filledRuns(s.Runs)
	if len(s.Shorter) > 0 {
		s.Shorter = filledRuns(s.Shorter)
	}
	s.Comparisons = copied(s.Comparisons)
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		c.Set, c.Seeds, c.Controls = object(c.Set), copied(c.Seeds), copied(c.Controls)
		c.StepsToBaselineLoss.PerSeed = copied(c.StepsToBaselineLoss.PerSeed)
		c.StepsSavedPerSeed = copied(c.StepsSavedPerSeed)
		c.Horizons = copied(c.Horizons)
		if c.HorizonRatio != nil {
			ratio := *c.HorizonRatio
			ratio.Seeds = copied(ratio.Seeds)
			c.HorizonRatio = &ratio
		}
		c.SpeedUps = copied(c.SpeedUps)
		for j := range c.SpeedUps {
			c.SpeedUps[j].PerSeed = copied(c.SpeedUps[j].PerSeed)
		}
	}
	s.Samples = copied(s.Samples)
	for i := range s.Samples {
		s.Samples[i].Set = object(s.Samples[i].Set)
	}
	s.Models = copied(s.Models)
	for i := range s.Models {
		s.Models[i].Levels = copied(s.Models[i].Levels)
	}
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
		s.Matches[i].fillEmpty()
	}
	s.Probes = copied(s.Probes)
	for i := range s.Probes {
		s.Probes[i].fillEmpty()
	}
}

func filledRuns(list []Run) []Run {
	list = copied(list)
	for i := range list {
		list[i].fillEmpty()
	}
	return list
}

func (r *Run) fillEmpty() {
	if len(r.Notes) == 0 {
		r.Notes = nil // it is left out then
	}
	r.Curve, r.Set, r.Tuned, r.WindowLosses = copied(r.Curve), object(r.Set), object(r.Tuned), copied(r.WindowLosses)
}

func (m *Match) fillEmpty() {
	m.Sizes, m.Answers = copied(m.Sizes), copied(m.Answers)
	for j := range m.Sizes {
		m.Sizes[j].Runs = filledRuns(m.Sizes[j].Runs)
	}
}

func (p *Probe) fillEmpty() {
	p.Positions, p.Levels, p.Blocks = copied(p.Positions), copied(p.Levels), copied(p.Blocks)
	p.Rise, p.LevelRise, p.BlockRise = copied(p.Rise), copied(p.LevelRise), copied(p.BlockRise)
	for j := range p.Rise {
		p.Rise[j] = copied(p.Rise[j])
	}
}

func copied[T any](list []T) []T { return append([]T{}, list...) }

func object(set map[string]any) map[string]any {
	if set == nil {
		return map[string]any{}
	}
	return set
}
