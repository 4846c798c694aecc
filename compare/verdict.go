package compare

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
	Slower        Outcome = "slower"
	// Mixed: the final loss and the steps to the baseline's best contradict
	// each other.
	Mixed Outcome = "mixed"
	// Undecided: nothing could be tested.
	Undecided Outcome = "undecided"
)

// riseMargin is how far above its best loss a baseline may end before the
// verdict mentions it, in nats per token: more than evaluations jitter at the
// end of a schedule.
const riseMargin = 0.01

// decide puts the numbers into a word. The test is that of the final losses;
// its sign must agree with the steps saved.
func (c *Comparison) decide() Outcome {
	sooner := c.StepsSaved != nil && *c.StepsSaved > 0
	switch {
	case c.Gain == nil || c.PValueHolm == nil:
		return Undecided
	case *c.PValueHolm >= Significance:
		return NoDifference
	case *c.Gain > 0 && sooner && c.SecondsSaved != nil && *c.SecondsSaved < 0:
		return FasterInSteps
	case *c.Gain > 0 && sooner:
		return Faster
	case *c.Gain < 0 && !sooner:
		return Slower
	default:
		return Mixed
	}
}

// A Sentence of a verdict. Shared ones say the same of every variant of a
// summary; where verdicts stand together they are printed once.
type Sentence struct {
	Text   string
	Shared bool
}

// Explain returns the sentences of a comparison's verdict in their order.
func Explain(s *Summary, c *Comparison) []Sentence { return explain(s, c).sentences }

// briefs are remarks of one line on all comparisons, without which their numbers
// would be misread.
func briefs(s *Summary) (list []string) {
	var asides []string
	for i := range s.Comparisons {
		e := explain(s, &s.Comparisons[i])
		list, asides = append(list, e.briefs...), append(asides, e.asides...)
	}
	var once []string
	for _, brief := range append(list, asides...) {
		if !slices.Contains(once, brief) {
			once = append(once, brief)
		}
	}
	return once
}

func explain(s *Summary, c *Comparison) explanation {
	e := explanation{s: s, c: c, name: c.Label()}
	if e.name == s.Baseline {
		e.own("%s is compared with itself: it saves 0 %% of the steps, as it must.", e.name)
		return e
	}
	if c.Gain == nil {
		e.leftOut()
		e.own("No seed has a finished run of both %s and the baseline (%s), so there is no verdict.", e.name, s.Baseline)
		return e
	}
	e.plateau()
	e.headline()
	e.finalLoss()
	e.overfits()
	e.afterPlateau()
	e.perSeed()
	e.interval()
	e.apart()
	e.tokens()
	e.lengths()
	e.confirmed()
	e.matched()
	e.controls()
	e.swept()
	e.seeds()
	e.leftOut()
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

// explanation collects the sentences about one comparison. Variants are named
// by their specs, in lower case even where they begin a sentence.
type explanation struct {
	s         *Summary
	c         *Comparison
	name      string
	sentences []Sentence
	briefs    []string
	asides    []string // briefs that come last
}

func (e *explanation) brief(format string, arguments ...any) {
	e.briefs = append(e.briefs, fmt.Sprintf(format, arguments...))
}

func (e *explanation) aside(format string, arguments ...any) {
	e.asides = append(e.asides, fmt.Sprintf(format, arguments...))
}

func (e *explanation) own(format string, arguments ...any) {
	e.sentences = append(e.sentences, Sentence{Text: fmt.Sprintf(format, arguments...)})
}

func (e *explanation) shared(format string, arguments ...any) {
	e.sentences = append(e.sentences, Sentence{Text: fmt.Sprintf(format, arguments...), Shared: true})
}

// plateau comes first where the baseline never left the plateau.
func (e *explanation) plateau() {
	bigram := e.s.Data.Entropy.Bigram
	if bigram == nil {
		return
	}
	stuck, total := 0, 0
	for i := range e.s.Runs {
		if r := &e.s.Runs[i]; r.Label() == e.s.Baseline && r.Status == Finished {
			total++
			if r.PlateauStep == nil {
				stuck++
			}
		}
	}
	if stuck == 0 {
		return
	}
	who := "The baseline"
	if stuck < total {
		who = fmt.Sprintf("In %d of %d seeds the baseline", stuck, total)
	}
	e.shared("%s never left the plateau of the bigram entropy, %s: its best loss is not %.1f nats under it. "+
		"So this compares how soon a model learns to look back further than one token, not how fast it learns after that.",
		who, e.s.Data.inWords(*bigram), PlateauMargin)
	e.brief("%s never left the plateau at %.3f bits: this is about looking back at all.", who, e.s.Data.Bits(*bigram))
}

// headline says the outcome with its steps and seconds.
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
	case NoDifference:
		e.own("No difference seen between %s and the baseline (%s); %s %s.", e.name, base, e.name, e.reaches())
	case Mixed:
		ends := "worse"
		if *c.Gain > 0 {
			ends = "better"
		}
		e.own("%s%s against the baseline (%s) is a mixed result: it %s, but ends %s.", in, e.name, base, e.reaches(), ends)
	default:
		e.own("There is no test of %s against the baseline (%s): one seed and no losses of single windows. It %s.",
			e.name, base, e.reaches())
	}
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

// reaches says where the variant comes to the baseline's best loss.
func (e *explanation) reaches() string {
	c, level := e.c, e.s.Data.inWords(*e.c.BaselineLoss)
	if c.StepsSaved == nil {
		return fmt.Sprintf("never reaches the baseline's best loss, %s", level)
	}
	text := fmt.Sprintf("reaches the baseline's best loss, %s, after %s steps instead of %s, in %s of the steps",
		level, Count(*c.StepsToBaselineLoss.Mean), Count(*c.BaselineSteps), Percent(1-*c.StepsSaved))
	if c.SecondsSaved != nil {
		text += fmt.Sprintf(" and %s of the seconds", Percent(1-*c.SecondsSaved))
	}
	return text
}

// finalLoss gives the tested difference.
func (e *explanation) finalLoss() {
	c := e.c
	if c.PValueHolm == nil {
		e.own("Its final loss is %s.", c.words())
		return
	}
	tested := 0
	for i := range e.s.Comparisons {
		if e.s.Comparisons[i].PValue != nil {
			tested++
		}
	}
	correction := ""
	if tested > 1 {
		correction = fmt.Sprintf(" after Holm's correction for %d variants", tested)
	}
	e.own("Its final loss is %s (95 %% interval %s over %d pairs of %s; %s%s).", c.words(),
		c.interval(), c.Pairs, c.PairsOf, probability(*c.PValueHolm), correction)
}

// overfits warns where the baseline ends clearly above its best loss.
func (e *explanation) overfits() {
	final, ok := meanOf(e.s, e.s.Baseline, func(r *Run) *float64 { return r.FinalLoss })
	best, _ := meanOf(e.s, e.s.Baseline, func(r *Run) *float64 { return r.BestLoss })
	if rise := final - best; ok && rise > riseMargin {
		e.shared("The baseline ends %.3f nats above its best loss, so part of a difference of final losses is its own rise.", rise)
		e.brief("The baseline ends %.3f nats above its best loss.", rise)
	}
}

// afterPlateau sets the plateau apart from what is learnt after it.
func (e *explanation) afterPlateau() {
	c := e.c
	switch {
	case e.s.Data.Entropy.Bigram == nil:
	case c.BaselinePlateauStep == nil && c.PlateauStep == nil:
		e.own("%s did not leave the plateau either, so nothing here is about learning beyond it.", e.name)
	case c.BaselinePlateauStep == nil:
		e.own("%s leaves the plateau at step %s.", e.name, Count(*c.PlateauStep))
	case c.PlateauStep == nil:
		e.own("The baseline leaves the plateau at step %s, %s never does.", Count(*c.BaselinePlateauStep), e.name)
	default:
		text := fmt.Sprintf("It leaves the plateau at step %s, the baseline at step %s",
			Count(*c.PlateauStep), Count(*c.BaselinePlateauStep))
		if c.StepsSavedAfterPlateau != nil {
			text += fmt.Sprintf("; counted from there on, it needs %s of the steps", Percent(1-*c.StepsSavedAfterPlateau))
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
			parts = append(parts, Percent(1-*fraction))
		}
	}
	text := fmt.Sprintf("Seed by seed it needs %s of the steps", enumerate(parts))
	if never := len(c.Seeds) - c.StepsToBaselineLoss.Reached; never > 0 {
		text += fmt.Sprintf("; in %d of %d seeds it never gets there", never, len(c.Seeds))
	}
	e.own("%s.", text)
}
