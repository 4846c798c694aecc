package summary

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Grade is that of the best comparison.
func (s *Summary) Grade() Grade {
	for i := range s.Comparisons {
		if s.Comparisons[i].Grade == Full {
			return Full
		}
	}
	return Quick
}

// RestsOn says what the verdicts of a summary rest on: "full, held out".
func (s *Summary) RestsOn() string {
	evidence := s.HoldOut.evidence()
	if len(s.Additions) > 0 {
		evidence = Exploratory
	}
	return fmt.Sprintf("%s, %s", s.Grade(), evidence)
}

// restsOn says what a verdict rests on, and whether the plan does not name it.
func (s *Summary) restsOn(c *Comparison) string {
	text := fmt.Sprintf("%s, %s", cmp.Or(c.Grade, Quick), cmp.Or(c.Evidence, Exploratory))
	if s.unnamed(c.Primary) {
		text += ", " + notNamed
	}
	return text
}

// unnamed tells whether a test is not among the primary ones of the plan. Older
// documents do not say.
func (s *Summary) unnamed(primary bool) bool { return s.Tests > 0 && !primary }

// notNamed marks a test that is not among the primary ones.
const notNamed = "not primary"

// Measured says what the comparisons of a summary measured: "full comparison,
// exploratory: 4 horizons, 1,000 to 4,000 steps; 3 seeds".
func (s *Summary) Measured() string {
	grade, evidence, _ := strings.Cut(s.RestsOn(), ", ")
	text := fmt.Sprintf("%s comparison, %s", grade, evidence)
	if s.Data.Name != "" {
		text += ", of " + typeset.Shorten(s.Data.Name, 24)
	}
	horizons := s.Lengths()
	switch n := len(horizons); {
	case Grade(grade) == Full && n > 0:
		text += fmt.Sprintf(": %d horizons, %s to %s", n, typeset.Count(float64(horizons[0])), typeset.Counted(horizons[n-1], "step"))
	case s.LongestRun() > 0:
		text += fmt.Sprintf(": final losses after %s", typeset.Counted(s.LongestRun(), "step"))
	}
	return text + "; " + typeset.Counted(len(s.Seeds()), "seed")
}

// evidence says on what data final losses were measured, which tests p is corrected
// for, and what was added after a look at results.
func (e *explanation) evidence() {
	s := e.s
	if e.s.unnamed(e.c.Primary) {
		e.own("This comparison is %s.", notNamed)
	}
	e.holm()
	for _, a := range s.Additions {
		e.shared("%s", a.text())
	}
	if s.HoldOut != nil {
		e.shared("%s", s.HoldOut.text())
	}
	if text := s.places(); text != "" {
		e.shared("%s", text)
	}
}

// evidenceRemarks are those on the data and the seeds of all comparisons.
func (s *Summary) evidenceRemarks() (remarks []string) {
	if s.HoldOut != nil {
		remarks = append(remarks, s.HoldOut.text())
	}
	for _, a := range s.Additions {
		remarks = append(remarks, a.text())
	}
	if text := s.places(); text != "" {
		remarks = append(remarks, text)
	}
	return remarks
}

// holm says for how many tests p is corrected.
func (e *explanation) holm() {
	n, of := e.s.tested(), "tests"
	if e.s.Tests > 0 {
		of = "primary tests of the plan"
	}
	others := false
	for i := range e.s.Comparisons {
		c := &e.s.Comparisons[i]
		others = others || c.PValue != nil && e.s.unnamed(c.Primary) && c.Label() != e.s.Baseline
		for j := range c.Controls {
			others = others || c.Controls[j].PValue != nil && e.s.unnamed(c.Controls[j].Primary)
		}
	}
	switch {
	case n > 1 && others:
		e.shared("p is corrected by Holm's method for the %d %s; that of a test that the plan does not name, for all its tests.", n, of)
	case n > 1:
		e.shared("p is corrected by Holm's method for the %d %s.", n, of)
	case others:
		e.shared("p of a test that the plan does not name is corrected by Holm's method for all its tests.")
	}
}

const day = "2 January 2006"

// text says what was added, when, and what was known by then.
func (a *Addition) text() string {
	var what []string
	known, were := typeset.Counted(a.AfterSeeds, "seed"), "were"
	if n := len(a.Seeds); n > 0 {
		what = append(what, seedList(a.Seeds))
	}
	if len(a.Variants) > 0 {
		what = append(what, typeset.List(a.Variants))
		known = typeset.Counted(a.AfterVariants, "variant")
		if len(a.Seeds) > 0 {
			known += " and " + typeset.Counted(a.AfterSeeds, "seed")
		}
	}
	if n := len(a.Horizons); n > 0 {
		word := "horizon"
		if n > 1 {
			word = "horizons"
		}
		var steps []string
		for _, h := range a.Horizons {
			steps = append(steps, typeset.Count(float64(h)))
		}
		what = append(what, "the "+word+" "+typeset.List(steps))
	}
	if len(a.Seeds)+len(a.Variants)+len(a.Horizons) == 1 {
		were = "was"
	}
	text := ""
	if len(what) > 0 {
		text = fmt.Sprintf("%s %s added on %s", capital(strings.Join(what, " and ")), were, a.When.UTC().Format(day))
	}
	if len(a.Primary) > 0 {
		if text != "" {
			text += ", and the"
		} else {
			text = "The"
		}
		text += fmt.Sprintf(" primary comparisons were changed on %s to %s", a.When.UTC().Format(day), typeset.List(a.Primary))
	}
	return fmt.Sprintf("%s, when the results of %s were known: p is too small by an unknown amount.", text, known)
}

// capital is a text that begins a sentence. Labels of variants stay in lower case.
func capital(text string) string {
	if strings.HasPrefix(text, "the ") {
		return "T" + text[1:]
	}
	return text
}

// text says where final losses were measured, and whether that was new data.
func (h *HoldOut) text() string {
	of := "the hold-out"
	switch {
	case h.Windows == 0:
		return "Nothing was held out but the seeds: no window of the test split is left that was not evaluated, so this is exploratory."
	case h.Split == "test":
		of = "the test split that this study had not evaluated"
	}
	text := fmt.Sprintf("Final losses are those of %s of %s", typeset.Counted(h.Windows, "window"), of)
	if h.Opened != (time.Time{}) {
		text += ", opened on " + h.Opened.UTC().Format(day)
	}
	switch {
	case h.Before == 1:
		text += ". Another study had opened it before, so this is exploratory again"
	case h.Before > 1:
		text += fmt.Sprintf(". %d other studies had opened it before, so this is exploratory again", h.Before)
	}
	return text + "."
}
