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

// swept says that all variants were tuned alike, where the sweep was too narrow and
// where its choice is within the noise.
func (e *explanation) swept() {
	s := e.s.Sweep
	if s == nil {
		return
	}
	text := fmt.Sprintf("Every variant has the best of %s, found with a seed that is not compared.", s.tried())
	if n := len(s.Seeds); n > 1 {
		text = fmt.Sprintf("Every variant has the best of %s, by the mean of %s that are not compared.", s.tried(), typeset.Counted(n, "seed"))
	}
	e.shared("%s", text)
	for _, remark := range []string{s.edgeRemark(), s.unchosenRemark()} {
		if remark != "" {
			e.shared("%s", remark)
			e.lastRemark("%s", remark)
		}
	}
	for i := range s.Near {
		if n := &s.Near[i]; n.Variant == e.name && n.Horizon == s.longest(e.name) {
			e.own("%s", s.nearRemark(n))
		}
	}
}
