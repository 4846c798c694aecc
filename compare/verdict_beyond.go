package compare

import (
	"fmt"
	"slices"
)

// interval gives the 95 % interval of the steps saved.
func (e *explanation) interval() {
	i := e.c.StepsSavedInterval
	switch {
	case i == nil || e.c.StepsSaved == nil:
	case i.CI95 != nil:
		e.own("The 95 %% interval of the steps that it needs is %s to %s (bootstrap over %s).", Percent(1-i.CI95[1]), Percent(1-i.CI95[0]), i.Of)
	case i.Reached < 1:
		e.own("In %s of bootstrap samples of the %s it never gets there, so the steps that it needs have no interval.", Percent(1-i.Reached), i.Of)
	}
}

// tokens warns where a step is not a step.
func (e *explanation) tokens() {
	base, ok := e.tokensPerStep(e.s.Baseline)
	own, also := e.tokensPerStep(e.name)
	if !ok || !also || base == own {
		return
	}
	text := fmt.Sprintf("A step of it is %s tokens, one of the baseline %s, so steps do not compare", Count(own), Count(base))
	e.brief("%s: a step is %s tokens, one of the baseline %s, so steps do not compare.", e.name, Count(own), Count(base))
	if e.c.TokensSaved != nil {
		text += fmt.Sprintf("; counted in tokens it needs %s", Percent(1-*e.c.TokensSaved))
	}
	e.own("%s.", text)
}

// lengths warns where one side was trained for longer than the other.
func (e *explanation) lengths() {
	base, ok := e.s.firstFinished(e.s.Baseline)
	own, also := e.s.firstFinished(e.name)
	if !ok || !also || base.Steps == own.Steps || base.Tokens == own.Tokens && own.Tokens > 0 {
		return
	}
	text := fmt.Sprintf("trained for %s steps, the baseline for %s, so their final losses do not compare", Count(float64(own.Steps)), Count(float64(base.Steps)))
	e.own("It was %s.", text)
	e.brief("%s: %s.", e.name, text)
}

// firstFinished is the first finished run of a variant.
func (s *Summary) firstFinished(label string) (Run, bool) {
	at := slices.IndexFunc(s.Runs, func(r Run) bool { return r.Label() == label && r.Status == Finished })
	if at < 0 {
		return Run{}, false
	}
	return s.Runs[at], true
}

func (e *explanation) tokensPerStep(label string) (float64, bool) {
	for i := range e.s.Runs {
		if r := &e.s.Runs[i]; r.Label() == label && r.Steps > 0 && r.Tokens > 0 {
			return float64(r.Tokens) / float64(r.Steps), true
		}
	}
	return 0, false
}

// confirmed says whether the crossing is a shorter training, or that nobody
// looked.
func (e *explanation) confirmed() {
	for i := range e.s.Confirmations {
		if c := &e.s.Confirmations[i]; c.Variant == e.name {
			e.own("%s", c.words(&e.s.Data))
			tell := e.brief
			if c.Confirmed {
				tell = e.aside
			}
			tell("%s: %s", e.name, c.brief())
			return
		}
	}
	if len(e.s.Confirmations) == 0 && (e.c.Outcome == Faster || e.c.Outcome == FasterInSteps) {
		e.shared("A crossing in mid-schedule is not yet a shorter training: --confirm trains again with a schedule of as many steps.")
		e.aside("A crossing in mid-schedule is not yet a shorter training; --confirm tries it.")
	}
}

// matched says what the variant is worth in a larger baseline.
func (e *explanation) matched() {
	for i := range e.s.Matches {
		m := &e.s.Matches[i]
		for j := range m.Answers {
			if a := &m.Answers[j]; a.Variant == e.name {
				e.own("%s", m.words(a, e.s.Baseline))
			}
		}
	}
}

// swept says that both sides were tuned alike, and where the sweep was too narrow.
func (e *explanation) swept() {
	s := e.s.Sweep
	if s == nil {
		return
	}
	values := map[string]bool{}
	for i := range s.Trials {
		values[s.Value(&s.Trials[i])] = true
	}
	text := fmt.Sprintf("Every variant has the best of %s of %s, found with a seed that is not compared", counted(len(values), "value"), s.Key)
	if edge := s.atEdge(); len(edge) > 0 {
		text += fmt.Sprintf("; that of %s is at the edge of what was tried", enumerate(edge))
		e.aside("The best %s of %s is at the edge of the sweep.", s.Key, enumerate(edge))
	}
	e.shared("%s.", text)
}
