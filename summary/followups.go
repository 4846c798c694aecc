package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// confirmed says whether the crossing stands for a shorter training run, where this
// was tried.
func (e *explanation) confirmed() {
	c := e.s.confirmation(e.name)
	if c == nil {
		return
	}
	e.own("%s", c.sentence(&e.s.Data))
	add := e.remark
	if c.Confirmed {
		add = e.lastRemark
	}
	add("%s: %s", e.name, c.remark())
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
