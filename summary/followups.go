package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// interval gives the 95 % interval of the steps needed.
func (e *explanation) interval() {
	i := e.c.StepsSavedInterval
	switch {
	case i == nil || e.c.StepsSaved == nil:
	case i.CI95 != nil:
		e.own("The 95 %% interval of the steps needed is %s to %s (bootstrap over %s).", typeset.Percent(1-i.CI95[1]), typeset.Percent(1-i.CI95[0]), i.Of)
	case i.Reached < 1:
		e.own("In %s of the bootstrap samples of %s it never reaches that loss, so the steps needed have no interval.", typeset.Percent(1-i.Reached), i.Of)
	}
}

// confirmed says whether the crossing stands for a shorter training run, or that
// this was not tried.
func (e *explanation) confirmed() {
	if c := e.s.confirmation(e.name); c != nil {
		e.own("%s", c.sentence(&e.s.Data))
		add := e.remark
		if c.Confirmed {
			add = e.lastRemark
		}
		add("%s: %s", e.name, c.remark())
		return
	}
	if len(e.s.Confirmations) == 0 && (e.c.Outcome == Faster || e.c.Outcome == FasterInSteps) {
		e.shared("Reaching the baseline's best loss in mid-schedule does not prove that a shorter run reaches it: --confirm retrains with a schedule of that length.")
		e.lastRemark("Reaching that loss in mid-schedule does not prove that a shorter run does; check with --confirm.")
	}
}

// matched says which larger baseline the variant equals.
func (e *explanation) matched() {
	for i := range e.s.Matches {
		m := &e.s.Matches[i]
		for j := range m.Answers {
			if a := &m.Answers[j]; a.Variant == e.name {
				e.own("%s", m.sentence(a, e.s.Baseline))
			}
		}
	}
}

// swept says that all variants were tuned alike, and where the sweep was too
// narrow.
func (e *explanation) swept() {
	s := e.s.Sweep
	if s == nil {
		return
	}
	text := fmt.Sprintf("Every variant has the best of %s of %s, found with a seed that is not compared", typeset.Counted(len(s.values()), "value"), s.Key)
	if edge := s.atEdge(); len(edge) > 0 {
		text += fmt.Sprintf("; that of %s is at the edge of the sweep", typeset.List(edge))
		e.lastRemark("The best %s of %s is at the edge of the sweep.", s.Key, typeset.List(edge))
	}
	e.shared("%s.", text)
}
