package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// crossing says where the variant's curve falls to the baseline's best loss. It is in
// mid-schedule there, and the baseline at its end, so nothing is concluded from it.
func (e *explanation) crossing() {
	c, level := e.c, e.s.Data.lossText(*e.c.BaselineLoss)
	if c.StepsSaved == nil {
		e.own("Its curve does not cross the baseline's best loss, %s.", level)
		e.afterPlateau()
		return
	}
	text := fmt.Sprintf("Its curve crosses the baseline's best loss, %s, at step %s", level, typeset.Count(*c.StepsToBaselineLoss.Mean))
	base := e.s.firstFinished(e.s.Baseline)
	switch {
	case base != nil && typeset.Count(*c.BaselineSteps) == typeset.Count(float64(base.Steps)):
		text += " of " + typeset.Count(float64(base.Steps))
	case base != nil && base.Steps > 0:
		text += fmt.Sprintf(" of %s, the baseline's at step %s", typeset.Count(float64(base.Steps)), typeset.Count(*c.BaselineSteps))
	default:
		text += fmt.Sprintf(", the baseline's at step %s", typeset.Count(*c.BaselineSteps))
	}
	if c.SecondsSaved != nil {
		text += fmt.Sprintf(", after %s of the baseline's seconds", typeset.Percent(1-*c.SecondsSaved))
	}
	e.own("%s.", text)
	e.shared("%s", e.noMeasure())
	if c.Grade != Full {
		e.lastRemark("%s", e.noMeasure())
	}
	e.afterPlateau()
	e.perSeed()
	e.interval()
}

// noMeasure says what a crossing does not show, and what does.
func (e *explanation) noMeasure() string {
	const text = "A crossing in mid-schedule is no measure of how much faster a variant trains"
	switch {
	case e.s.Grade() == Full:
		return text + ": the share of the steps is."
	case len(e.s.Confirmations) > 0:
		return text + ": compare --horizons."
	}
	return text + ": compare --horizons, or check one shorter run with --confirm."
}

// afterPlateau separates the plateau from what is learned after it.
func (e *explanation) afterPlateau() {
	c := e.c
	switch {
	case e.s.Data.Entropy.Bigram == nil:
	case c.BaselinePlateauStep == nil && c.PlateauStep == nil:
		e.own("%s does not fall below the plateau either, so the comparison says nothing about learning beyond it.", e.name)
	case c.BaselinePlateauStep == nil:
		e.own("%s leaves the plateau at step %s.", e.name, typeset.Count(*c.PlateauStep))
	case c.PlateauStep == nil:
		e.own("The baseline leaves the plateau at step %s, %s never does.", typeset.Count(*c.BaselinePlateauStep), e.name)
	default:
		text := fmt.Sprintf("It leaves the plateau at step %s, the baseline at step %s",
			typeset.Count(*c.PlateauStep), typeset.Count(*c.BaselinePlateauStep))
		if c.StepsSavedAfterPlateau != nil {
			text += fmt.Sprintf("; counted from there, the crossing is at %s of the baseline's steps", typeset.Percent(1-*c.StepsSavedAfterPlateau))
		}
		e.own("%s.", text)
	}
}

// perSeed shows the spread behind the crossing of the mean curves.
func (e *explanation) perSeed() {
	c := e.c
	if len(c.Seeds) < 2 || c.StepsToBaselineLoss.Reached == 0 {
		return
	}
	var parts []string
	for _, fraction := range c.StepsSavedPerSeed {
		if fraction != nil {
			parts = append(parts, typeset.Percent(1-*fraction))
		}
	}
	text := fmt.Sprintf("Seed by seed the curves cross at %s of the baseline's steps", typeset.List(parts))
	if never := len(c.Seeds) - c.StepsToBaselineLoss.Reached; never > 0 {
		text += fmt.Sprintf("; in %d of %d seeds they do not", never, len(c.Seeds))
	}
	e.own("%s.", text)
}

// interval gives the 95 % interval of the crossing.
func (e *explanation) interval() {
	i := e.c.StepsSavedInterval
	switch {
	case i == nil:
	case i.CI95 != nil:
		e.own("The 95 %% interval of the crossing is %s to %s of the baseline's steps (bootstrap over %s).", typeset.Percent(1-i.CI95[1]), typeset.Percent(1-i.CI95[0]), i.Of)
	case i.Reached < 1:
		e.own("In %s of the bootstrap samples of %s the curves do not cross, so the crossing has no interval.", typeset.Percent(1-i.Reached), i.Of)
	}
}
