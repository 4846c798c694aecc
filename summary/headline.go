package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// plateau comes first if the baseline never left the plateau.
func (e *explanation) plateau() {
	bigram := e.s.Data.Entropy.Bigram
	if bigram == nil {
		return
	}
	stuck, total := 0, 0
	for _, r := range e.s.RunsOf(e.s.Baseline) {
		if r.Status != Finished {
			continue
		}
		total++
		if r.PlateauStep == nil {
			stuck++
		}
	}
	if stuck == 0 {
		return
	}
	who := "The baseline"
	if stuck < total {
		who = fmt.Sprintf("In %d of %d seeds the baseline", stuck, total)
	}
	e.shared("%s never left the plateau of the bigram entropy, %s: its best loss is less than %.1f nats below it. "+
		"So the comparison is about the step at which a model learns to look back further than one token, not about how fast it learns after that.",
		who, e.s.Data.lossText(*bigram), PlateauMargin)
	e.remark("%s never left the plateau at %.3f bits: the comparison is about learning to look back at all.", who, e.s.Data.Bits(*bigram))
}

// headline gives the outcome with its steps and seconds.
func (e *explanation) headline() {
	c, base := e.c, e.s.Baseline
	in := ""
	if len(c.Seeds) == 1 {
		in = "In this one pair of runs, "
	}
	switch c.Outcome {
	case Faster, FasterInSteps:
		e.own("%s%s is faster than the baseline (%s) in steps%s: it %s.", in, e.name, base, c.inSeconds(), e.reaches())
	case Slower:
		e.own("%s%s is slower than the baseline (%s): it %s.", in, e.name, base, e.reaches())
	case Ahead, Behind:
		e.own("%s%s is %s: it %s.", in, e.name, e.where(), e.reaches())
	case NoDifference:
		e.own("No difference seen between %s and the baseline (%s); %s %s.", e.name, base, e.name, e.reaches())
	case Mixed:
		ends := "worse"
		if *c.Gain > 0 {
			ends = "better"
		}
		e.own("%s%s against the baseline (%s) is a mixed result: it %s, but ends %s.", in, e.name, base, e.reaches(), ends)
	default:
		e.own("%s could not be tested against the baseline (%s): one seed, and no losses of single windows. It %s.",
			e.name, base, e.reaches())
	}
}

// where says on which side of the baseline a variant is, in how many seeds, and
// that this is not significant.
func (e *explanation) where() string {
	side, correction := "ahead of", ""
	if e.c.Outcome == Behind {
		side = "behind"
	}
	if *e.c.PValue < significance {
		correction = " after correction"
	}
	in := ""
	if ahead, behind, n := e.c.seedsAhead(e.s); n > 1 {
		if e.c.Outcome == Behind {
			ahead = behind
		}
		in = fmt.Sprintf(" in %d of %d seeds", ahead, n)
	}
	return fmt.Sprintf("%s the baseline (%s)%s, not significant%s (Holm's %s)", side, e.s.Baseline, in, correction, pText(*e.c.PValueHolm))
}

// inSeconds continues "faster in steps".
func (c *Comparison) inSeconds() string {
	switch {
	case c.SecondsSaved == nil:
		return ""
	case *c.SecondsSaved < 0:
		return " but slower in seconds"
	default:
		return " and in seconds"
	}
}

// reaches says when the variant reaches the baseline's best loss.
func (e *explanation) reaches() string {
	c, level := e.c, e.s.Data.lossText(*e.c.BaselineLoss)
	if c.StepsSaved == nil {
		return fmt.Sprintf("never reaches the baseline's best loss, %s", level)
	}
	text := fmt.Sprintf("reaches the baseline's best loss, %s, after %s instead of %s, in %s of the steps",
		level, typeset.Counted(*c.StepsToBaselineLoss.Mean, "step"), typeset.Count(*c.BaselineSteps), typeset.Percent(1-*c.StepsSaved))
	if c.SecondsSaved != nil {
		text += fmt.Sprintf(" and %s of the seconds", typeset.Percent(1-*c.SecondsSaved))
	}
	return text
}

// finalLoss gives the tested difference.
func (e *explanation) finalLoss() {
	c := e.c
	if c.PValueHolm == nil {
		e.own("Its final loss is %s.", c.text())
		return
	}
	correction := ""
	if tested := e.s.tested(); tested > 1 {
		correction = fmt.Sprintf(" after Holm's correction for %d tests", tested)
	}
	e.own("Its final loss is %s (95 %% interval of the difference %s, over %d pairs of %s; %s%s).", c.text(),
		c.intervalText(), c.Pairs, c.PairsOf, pText(*c.PValueHolm), correction)
}

// overfits warns where the baseline ends clearly above its best loss.
func (e *explanation) overfits() {
	final, ok := e.s.MeanFinalLoss(e.s.Baseline)
	best, _ := e.s.mean(e.s.Baseline, func(r *Run) *float64 { return r.BestLoss })
	if rise := final - best; ok && rise > riseMargin {
		e.shared("The baseline ends %.3f nats above its best loss, so part of the difference in final losses is its own rise.", rise)
		e.remark("The baseline ends %.3f nats above its best loss.", rise)
	}
}

// afterPlateau separates the plateau from what is learned after it.
func (e *explanation) afterPlateau() {
	c := e.c
	switch {
	case e.s.Data.Entropy.Bigram == nil:
	case c.BaselinePlateauStep == nil && c.PlateauStep == nil:
		e.own("%s did not leave the plateau either, so the comparison says nothing about learning beyond it.", e.name)
	case c.BaselinePlateauStep == nil:
		e.own("%s leaves the plateau at step %s.", e.name, typeset.Count(*c.PlateauStep))
	case c.PlateauStep == nil:
		e.own("The baseline leaves the plateau at step %s, %s never does.", typeset.Count(*c.BaselinePlateauStep), e.name)
	default:
		text := fmt.Sprintf("It leaves the plateau at step %s, the baseline at step %s",
			typeset.Count(*c.PlateauStep), typeset.Count(*c.BaselinePlateauStep))
		if c.StepsSavedAfterPlateau != nil {
			text += fmt.Sprintf("; counted from there, it needs %s of the steps", typeset.Percent(1-*c.StepsSavedAfterPlateau))
		}
		e.own("%s.", text)
	}
}

// perSeed shows the spread behind the mean.
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
	text := fmt.Sprintf("Seed by seed it needs %s of the steps", typeset.List(parts))
	if never := len(c.Seeds) - c.StepsToBaselineLoss.Reached; never > 0 {
		text += fmt.Sprintf("; in %d of %d seeds it never reaches that loss", never, len(c.Seeds))
	}
	e.own("%s.", text)
}
