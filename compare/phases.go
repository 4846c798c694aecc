package compare

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// The phases of a study. Those that end in a hyphen are numbered from 1.
const (
	phaseSweep      = "sweep-"
	phaseComparison = "comparison"
	phaseConfirm    = "confirm"
	phaseMatch      = "match-"
	phaseHoldOut    = "holdout"
)

// Phases lists the phases of a study in order. What a phase trains depends on the results
// of those before it, and within a phase no run depends on another. A sweep has a phase for
// each time that it may continue, at an edge or with the better half of its settings; a match
// has one for each larger size. Later ones of both may turn out to have nothing to train.
func (s Study) Phases() (all []string) {
	for i := range s.sweepRounds() {
		all = append(all, fmt.Sprint(phaseSweep, i+1))
	}
	all = append(all, s.mainPhase())
	if s.Confirm {
		all = append(all, phaseConfirm)
	}
	for i := range s.matchRounds() {
		all = append(all, fmt.Sprint(phaseMatch, i+1))
	}
	return all
}

// mainPhase is the phase of the comparison.
func (s Study) mainPhase() string {
	if s.holdOut {
		return phaseHoldOut
	}
	return phaseComparison
}

// sweepRounds is how often a sweep trains at most.
func (s Study) sweepRounds() int {
	switch {
	case s.Sweep == nil:
		return 0
	case s.Sweep.random():
		rungs, err := (&search{Sweep: s.Sweep, plans: s.plans()}).rungs()
		if err != nil {
			return 0 // Validate says it
		}
		return len(rungs)
	case len(s.Sweep.Keys[0].Values) > 1 && areNumbers(s.Sweep.Keys[0].Values):
		return 1 + summary.MostAdded
	}
	return 1
}

// matchRounds is the number of larger sizes that a match trains at most.
func (s Study) matchRounds() int {
	rounds := 0
	base, _ := s.variant(s.baseline())
	c, err := base.Configure(s.Config)
	if err != nil {
		return 0 // Validate says it
	}
	for _, along := range s.Match {
		for round, more := 1, 1; ; round, more = round+1, 2*more {
			if _, ok := grown(base, c.Model, along, more); !ok {
				break
			}
			rounds = max(rounds, round)
		}
	}
	return rounds
}

// CheckParts returns a [*PartsError] if the comparison cannot be divided into so many parts.
func (s Study) CheckParts(number int) error {
	all, err := jobsOf(s.plans(), "")
	if err != nil {
		return err
	}
	together := map[string]bool{}
	for _, j := range slices.Concat(all...) {
		together[j.together()] = true
	}
	if number > len(together) {
		return &PartsError{fmt.Sprintf("%s: the runs of this plan can be divided into %d at most", typeset.Counted(number, "part"), len(together))}
	}
	return nil
}
