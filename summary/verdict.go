package summary

import (
	"fmt"
	"slices"
	"strings"
)

// Outcome is a verdict in a word.
type Outcome string

const (
	Faster Outcome = "faster"
	// FasterInSteps: fewer steps, but more seconds.
	FasterInSteps Outcome = "faster in steps, slower in seconds"
	NoDifference  Outcome = "no difference seen"
	// Ahead and Behind: the variant's uncorrected 95 % interval excludes 0, but the
	// test does not pass after Holm's correction.
	Ahead  Outcome = "ahead, not significant"
	Behind Outcome = "behind, not significant"
	Slower Outcome = "slower"
	// Mixed: the final loss and the steps to the baseline's best loss disagree.
	Mixed Outcome = "mixed"
	// Undecided: nothing could be tested.
	Undecided Outcome = "undecided"
)

// riseMargin is how far above its best loss a baseline may end before the
// verdict mentions it, in nats per token. It is more than the jitter of
// evaluations at the end of a schedule.
const riseMargin = 0.01

// decide turns the numbers into an outcome. The test is that of the final losses at
// the longest horizon; its sign must agree with the steps to equal loss.
func (c *Comparison) decide() Outcome {
	sooner, slowerInSeconds := c.sooner()
	switch {
	case c.Gain == nil || c.PValueHolm == nil:
		return Undecided
	case *c.PValueHolm >= significance:
		return c.unsettled()
	case *c.Gain > 0 && sooner && slowerInSeconds:
		return FasterInSteps
	case *c.Gain > 0 && sooner:
		return Faster
	case *c.Gain < 0 && !sooner:
		return Slower
	default:
		return Mixed
	}
}

// Significant tells whether the test of the final losses passes after Holm's correction.
func (c *Comparison) Significant() bool { return c.PValueHolm != nil && *c.PValueHolm < significance }

// sooner tells whether a variant needs fewer steps to equal loss, and whether it
// then needs more seconds: by the ratio of horizons, or, with one horizon, by the
// crossing.
func (c *Comparison) sooner() (steps, slowerInSeconds bool) {
	if r := c.HorizonRatio; r != nil {
		// At most 110 % of the seconds is not yet more of them.
		return r.Value < 1, r.Bound != AtMost && r.Seconds != nil && *r.Seconds > 1
	}
	return c.StepsSaved != nil && *c.StepsSaved > 0, c.SecondsSaved != nil && *c.SecondsSaved < 0
}

// unsettled is the outcome where the test does not pass. A reader sees the 95 %
// intervals of the final loss and of the steps saved, neither of them corrected:
// one that excludes 0 is not "no difference". The interval of the loss goes first.
func (c *Comparison) unsettled() Outcome {
	side := excludesZero(c.CI95)
	if i := c.StepsSavedInterval; c.Grade != Full && side == 0 && i != nil && excludesZero(i.CI95)**c.Gain > 0 {
		side = excludesZero(i.CI95)
	}
	switch {
	case side > 0:
		return Ahead
	case side < 0:
		return Behind
	}
	return NoDifference
}

// excludesZero is the sign of an interval that excludes 0, else 0.
func excludesZero(ends *[2]float64) float64 {
	switch {
	case ends != nil && ends[0] > 0:
		return 1
	case ends != nil && ends[1] < 0:
		return -1
	}
	return 0
}

// A Sentence of a verdict. A shared one is the same for every variant of a
// summary: print it once. A detail is one that a reader may look up: without it the rest
// of the verdict is not misread.
type Sentence struct {
	Text   string
	Shared bool
	Detail bool
}

// Explain returns the sentences of a comparison's verdict in order.
func Explain(s *Summary, c *Comparison) []Sentence { return explain(s, c).sentences }

// remarks are lines about all comparisons without which their numbers would be
// misread.
func remarks(s *Summary) []string {
	first, last := s.evidenceRemarks(), []string{}
	for i := range s.Comparisons {
		e := explain(s, &s.Comparisons[i])
		first, last = append(first, e.remarks...), append(last, e.lastRemarks...)
	}
	var once []string
	for _, remark := range append(first, last...) {
		if !slices.Contains(once, remark) {
			once = append(once, remark)
		}
	}
	return once
}

func explain(s *Summary, c *Comparison) explanation {
	e := explanation{s: s, c: c, name: c.Label()}
	if e.name == s.Baseline {
		e.own("%s is compared with itself: there is no difference, by definition.", e.name)
		return e
	}
	if c.Gain == nil {
		e.leftOut()
		e.own("No seed has a finished run of both %s and the baseline (%s), so there is no verdict.", e.name, s.Baseline)
		if len(e.remarks) == 0 {
			e.remark("%s: has no seed in common with %s, so it is compared with nothing.", e.name, s.Baseline)
		}
		e.imported()
		return e
	}
	e.plateau()
	e.reference()
	e.lengths()
	e.headline()
	e.ratioLimits()
	e.settle()
	e.overfits()
	if c.Grade != Full {
		e.details(e.crossing)
	}
	e.apart()
	e.tokens()
	e.details(e.confirmed)
	e.details(e.matched)
	e.controls()
	e.details(e.position)
	e.details(e.swept)
	if c.Grade == Full {
		e.details(e.crossing)
	}
	e.seeds()
	e.evidence()
	e.leftOut()
	e.unpaired()
	e.imported()
	return e
}

// verdict joins the sentences.
func verdict(s *Summary, c *Comparison) string {
	var texts []string
	for _, sentence := range Explain(s, c) {
		texts = append(texts, sentence.Text)
	}
	return strings.Join(texts, " ")
}

// explanation collects the sentences about one comparison. A variant is named by
// its label, in lower case even at the start of a sentence.
type explanation struct {
	s           *Summary
	c           *Comparison
	name        string
	sentences   []Sentence
	remarks     []string
	lastRemarks []string
}

// details adds sentences that are details.
func (e *explanation) details(add func()) {
	before := len(e.sentences)
	add()
	for i := range e.sentences[before:] {
		e.sentences[before+i].Detail = true
	}
}

func (e *explanation) remark(format string, arguments ...any) {
	e.remarks = append(e.remarks, fmt.Sprintf(format, arguments...))
}

func (e *explanation) lastRemark(format string, arguments ...any) {
	e.lastRemarks = append(e.lastRemarks, fmt.Sprintf(format, arguments...))
}

func (e *explanation) own(format string, arguments ...any) {
	e.sentences = append(e.sentences, Sentence{Text: fmt.Sprintf(format, arguments...)})
}

func (e *explanation) shared(format string, arguments ...any) {
	e.sentences = append(e.sentences, Sentence{Text: fmt.Sprintf(format, arguments...), Shared: true})
}
