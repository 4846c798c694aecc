package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// plateau comes first if the baseline did not get past the plateau: it stayed on it, or
// its loss is still above it.
func (e *explanation) plateau() {
	bigram := e.s.Data.Entropy.Bigram
	if bigram == nil {
		return
	}
	stuck, above, total := 0, 0, 0
	for _, r := range e.s.RunsOf(e.s.Baseline) {
		if r.Status != Finished {
			continue
		}
		total++
		switch {
		case r.PlateauStep != nil:
		case r.BestLoss != nil && *r.BestLoss > *bigram+PlateauMargin:
			above++
		default:
			stuck++
		}
	}
	who := func(n int) string {
		if n < total {
			return fmt.Sprintf("In %d of %d seeds the baseline", n, total)
		}
		return "The baseline"
	}
	if above > 0 {
		e.shared("%s has not reached the plateau of the bigram entropy, %s, yet: its best loss is more than %.1f nats above it. "+
			"So the comparison is about the first steps of training alone; train longer.",
			who(above), e.s.Data.lossText(*bigram), PlateauMargin)
		e.remark("%s has not reached the plateau at %.3f bits yet; train longer.", who(above), e.s.Data.Bits(*bigram))
	}
	if stuck > 0 {
		e.shared("%s never left the plateau of the bigram entropy, %s: its best loss is less than %.1f nats below it. "+
			"So the comparison is about the step at which a model learns to look back further than one token, not about how fast it learns after that.",
			who(stuck), e.s.Data.lossText(*bigram), PlateauMargin)
		e.remark("%s never left the plateau at %.3f bits: the comparison is about learning to look back at all.", who(stuck), e.s.Data.Bits(*bigram))
	}
}

// headline gives the outcome with its grade and its evidence, and the number that it
// rests on: the share of the steps of a full comparison, else the final loss.
func (e *explanation) headline() {
	number := e.finalLoss("its final loss is")
	if e.c.Grade == Full {
		number = e.share()
	} else if e.c.Outcome == Mixed {
		number += ", yet its curve " + e.yet()
	}
	e.own("%s: %s.", e.outcome(), number)
	if e.c.Grade != Full {
		return
	}
	its := "Its final loss"
	if e.c.Outcome == Mixed {
		its = "Yet its final loss"
	}
	e.own("%s.", e.finalLoss(fmt.Sprintf("%s after %s is", its, typeset.Counted(e.c.longest(), "step"))))
}

// outcome is that of a comparison in words, with its grade and evidence.
func (e *explanation) outcome() string {
	c, base := e.c, e.s.Baseline
	rests, one := " ("+e.s.restsOn(c)+")", ""
	if len(c.Seeds) == 1 {
		one = "In this one pair of runs, "
	}
	switch c.Outcome {
	case Faster, Slower:
		return fmt.Sprintf("%s%s is %s than the baseline %s%s", one, e.name, c.Outcome, base, rests)
	case FasterInSteps:
		return fmt.Sprintf("%s%s is faster than the baseline %s in steps, slower in seconds%s", one, e.name, base, rests)
	case Ahead, Behind:
		return one + e.name + " is " + e.where() + rests
	case NoDifference:
		return fmt.Sprintf("No difference seen between %s and the baseline %s%s", e.name, base, rests)
	case Mixed:
		return fmt.Sprintf("%s%s against the baseline %s is a mixed result%s", one, e.name, base, rests)
	}
	if e.differ() {
		return fmt.Sprintf("%s is not tested against the baseline %s, which has other lengths of training%s", e.name, base, rests)
	}
	why, _ := e.untested()
	return fmt.Sprintf("%s could not be tested against the baseline %s, with one seed and %s%s", e.name, base, why, rests)
}

// differ tells whether runs of different lengths are the reason why nothing was tested.
func (e *explanation) differ() bool {
	base, own := e.s.firstFinished(e.s.Baseline), e.s.firstFinished(e.name)
	return base != nil && own != nil && !own.sameLength(*base)
}

// untested says why one seed could not be tested, and what has to be added.
func (e *explanation) untested() (why, add string) {
	if e.c.Groups == 1 {
		return "all validation windows of one document, which count as one", "add documents or seeds"
	}
	for _, r := range e.s.RunsOf(e.name) {
		if len(r.WindowLosses) == 1 {
			return "one validation window", "add windows or seeds"
		}
	}
	return "no losses of single windows", "add seeds"
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
	return fmt.Sprintf("%s the baseline %s%s, not significant%s", side, e.s.Baseline, in, correction)
}

// yet is what the crossing of a mixed result says against its final loss.
func (e *explanation) yet() string {
	if *e.c.Gain < 0 {
		return "crosses the baseline's best loss sooner"
	}
	return "does not cross the baseline's best loss sooner"
}

// finalLoss gives the tested difference after the words before it.
func (e *explanation) finalLoss(its string) string {
	c := e.c
	if c.PValueHolm == nil {
		return its + " " + c.text()
	}
	return fmt.Sprintf("%s %s (95 %% interval of the difference %s, over %s; %s)", its, c.text(), c.intervalText(), e.s.pairsOf(&c.Difference), pText(*c.PValueHolm))
}

// pairsOf says over what a difference was tested: "3 seeds and 128 windows".
func (s *Summary) pairsOf(d *Difference) string {
	windows := func(n int) string {
		if n == mostWindowLosses && len(s.WindowDocuments) == 0 {
			n = max(n, s.Windows.Final) // in stretches
		}
		return typeset.Counted(n, "window")
	}
	groups := windows(d.Groups)
	if len(s.WindowDocuments) > 0 {
		groups = typeset.Counted(d.Groups, "document")
	}
	switch {
	case d.PairsOf == PairsOfSeeds && d.Groups > 0:
		return typeset.Counted(d.Pairs, "seed") + " and " + groups
	case d.PairsOf == PairsOfSeeds:
		return typeset.Counted(d.Pairs, "seed")
	case d.Groups > 0:
		return groups
	}
	return windows(d.Pairs)
}

// overfits warns where the baseline ends clearly above its best loss.
func (e *explanation) overfits() {
	final, ok := e.s.mean(e.s.Baseline, func(r *Run) *float64 { // on the windows of the curve
		last := r.lastPoint().Loss
		return &last
	})
	best, _ := e.s.mean(e.s.Baseline, func(r *Run) *float64 { return r.BestLoss })
	if rise := final - best; ok && rise > riseMargin {
		e.shared("The baseline ends %.3f nats above its best loss, so part of the difference in final losses is its own rise.", rise)
		e.remark("The baseline ends %.3f nats above its best loss.", rise)
	}
}
