package summary

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// controls says whether a cheaper operator does as well.
func (e *explanation) controls() {
	for _, control := range e.c.Controls {
		p, test := control.PValueHolm, ""
		if p == nil {
			p = control.PValue // of an older document, which corrected none
		}
		if p != nil {
			test = fmt.Sprintf(" (95 %% interval of the difference %s; %s", control.intervalText(), pText(*p))
			if e.s.unnamed(control.Primary) {
				test += "; " + notNamed
			}
			test += ")"
		}
		text := fmt.Sprintf("the final loss of %s is %s%s", e.name, control.text(), test)
		differs := p == nil || *p < significance
		if differs && *control.Gain > 0 {
			e.own("Against the control %s, %s.", control.Variant, text)
			continue
		}
		does := "The control " + control.Variant + " does better"
		switch side := excludesZero(control.CI95); {
		case differs && *control.Gain < 0:
		case side > 0:
			does = "It is ahead of the control " + control.Variant + ", not significant"
		case side < 0:
			does = "It is behind the control " + control.Variant + ", not significant"
		default:
			does = "No difference from the control " + control.Variant + " is seen"
		}
		so := ""
		if e.c.Outcome == Faster || e.c.Outcome == FasterInSteps {
			so = fmt.Sprintf(", so the gain does not show that it does more than %s", control.Variant)
			e.remark("%s: %s, so its gain does not show that it does more.", e.name, lowerFirst(does))
		}
		e.own("%s: against it, %s%s.", does, text, so)
	}
}

// seeds says what the number of seeds supports. The sentence is shared if all
// comparisons have the same number.
func (e *explanation) seeds() {
	say := e.shared
	for i := range e.s.Comparisons {
		if len(e.s.Comparisons[i].Seeds) != len(e.c.Seeds) {
			say = e.own
		}
	}
	switch {
	case e.c.Outcome == Undecided: // there is no test to speak of
	case len(e.c.Seeds) == 1:
		say("One seed: the spread between seeds was not measured, so the test is about these runs, not about the method.")
		e.remark("One seed: the test is about these runs, not about the method.")
	case len(e.c.Seeds) == 2:
		say("Two seeds are too few for a conclusion; use at least three.")
		e.remark("Two seeds are too few for a conclusion; use at least three.")
	}
}

// apart warns about seconds that were measured at different times.
func (e *explanation) apart() {
	if len(e.c.Apart) == 0 || e.c.SecondsSaved == nil {
		return
	}
	e.own("With %s it did not take turns with the baseline, so the seconds are comparable only if the machine was equally idle both times.",
		lowerFirst(seedList(e.c.Apart)))
	e.remark("%s: did not take turns with %s; seconds are comparable only if the machine was equally idle.", e.name, e.s.Baseline)
}

// leftOut names the runs of both sides that are in no number.
func (e *explanation) leftOut() {
	for _, label := range []string{e.s.Baseline, e.name} {
		for _, status := range []Status{Diverged, Unfinished} {
			var seeds []string
			total := 0
			for _, r := range e.s.RunsOf(label) {
				total++
				if r.Status == status {
					seeds = append(seeds, fmt.Sprint(r.Seed))
				}
			}
			did := map[Status]string{Diverged: "diverged", Unfinished: "did not finish"}[status]
			sentence := Sentence{Shared: label == e.s.Baseline}
			switch len(seeds) {
			case 0:
				continue
			case total:
				sentence.Text = fmt.Sprintf("Every run of %s %s.", label, did)
			case 1:
				sentence.Text = fmt.Sprintf("Seed %s of %s %s and is left out.", seeds[0], label, did)
			default:
				sentence.Text = fmt.Sprintf("Seeds %s of %s %s and are left out.", typeset.List(seeds), label, did)
			}
			e.sentences = append(e.sentences, sentence)
			e.remark("%s", sentence.Text)
		}
	}
}

// unpaired tells of finished runs that are in a mean loss and in no comparison, because
// the other side lacks their seed.
func (e *explanation) unpaired() {
	for _, label := range []string{e.s.Baseline, e.name} {
		var seeds []uint64
		for _, r := range e.s.RunsOf(label) {
			if r.FinalLoss != nil && !slices.Contains(e.c.Seeds, r.Seed) {
				seeds = append(seeds, r.Seed)
			}
		}
		if len(seeds) > 0 {
			e.remark("%s: compared over %s; the mean loss of %s has %s too.", e.name, lowerFirst(seedList(e.c.Seeds)), label, lowerFirst(seedList(seeds)))
		}
	}
}

// tokens warns if a step of one side has more tokens than one of the other.
func (e *explanation) tokens() {
	base, ok := e.tokensPerStep(e.s.Baseline)
	own, also := e.tokensPerStep(e.name)
	if !ok || !also || base == own {
		return
	}
	text := fmt.Sprintf("Its steps have %s tokens, those of the baseline %s, so steps are not comparable", typeset.Count(own), typeset.Count(base))
	e.remark("%s: its steps have %s tokens, those of the baseline %s, so steps are not comparable.", e.name, typeset.Count(own), typeset.Count(base))
	if e.c.TokensSaved != nil {
		text += fmt.Sprintf("; its curve crosses after %s of the tokens", typeset.Percent(1-*e.c.TokensSaved))
	}
	e.own("%s.", text)
}

// lengths warns if one side was trained for longer than the other.
func (e *explanation) lengths() {
	base, own := e.s.firstFinished(e.s.Baseline), e.s.firstFinished(e.name)
	if base == nil || own == nil || base.Steps == own.Steps || base.Tokens == own.Tokens && own.Tokens > 0 {
		return
	}
	text := fmt.Sprintf("trained for %s, the baseline for %s", typeset.Counted(own.Steps, "step"), typeset.Count(float64(base.Steps)))
	if !own.sameLength(*base) {
		text += ", so their final losses are not comparable, and not tested"
	}
	e.own("It was %s.", text)
	e.remark("%s: %s.", e.name, text)
}

func (e *explanation) tokensPerStep(label string) (float64, bool) {
	for _, r := range e.s.RunsOf(label) {
		if r.Steps > 0 && r.Tokens > 0 {
			return float64(r.Tokens) / float64(r.Steps), true
		}
	}
	return 0, false
}
