package compare

import "fmt"

// controls says whether something cheaper does as well.
func (e *explanation) controls() {
	for _, control := range e.c.Controls {
		test := ""
		if control.PValue != nil {
			test = fmt.Sprintf(" (95 %% interval %s; %s)", control.interval(), probability(*control.PValue))
		}
		text := fmt.Sprintf("the final loss of %s is %s%s", e.name, control.words(), test)
		differs := control.PValue == nil || *control.PValue < Significance
		if differs && *control.Gain > 0 {
			e.own("Against the control %s, %s.", control.Variant, text)
			continue
		}
		does := "does as well"
		if differs && *control.Gain < 0 {
			does = "does better"
		}
		so := ""
		if e.c.Outcome == Faster || e.c.Outcome == FasterInSteps {
			so = fmt.Sprintf(", so the gain is no evidence for anything beyond %s", control.Variant)
			e.brief("%s: the control %s %s, so its gain is no evidence for anything beyond that.", e.name, control.Variant, does)
		}
		e.own("The control %s %s: against it, %s%s.", control.Variant, does, text, so)
	}
}

// seeds says how much the number of seeds supports. It is shared where all
// comparisons have as many.
func (e *explanation) seeds() {
	say := e.shared
	for i := range e.s.Comparisons {
		if len(e.s.Comparisons[i].Seeds) != len(e.c.Seeds) {
			say = e.own
		}
	}
	switch len(e.c.Seeds) {
	case 1:
		say("One seed: how much seeds differ was not measured, so the test speaks of these runs and not of the method.")
		e.brief("One seed: the test speaks of these runs and not of the method.")
	case 2:
		say("Two seeds are too few for a statement; it takes at least three.")
		e.brief("Two seeds are too few for a statement; it takes at least three.")
	}
}

// apart warns of seconds that were measured at different times.
func (e *explanation) apart() {
	if len(e.c.Apart) == 0 || e.c.SecondsSaved == nil {
		return
	}
	var seeds []string
	for _, seed := range e.c.Apart {
		seeds = append(seeds, fmt.Sprint(seed))
	}
	word := "seed"
	if len(seeds) > 1 {
		word = "seeds"
	}
	e.own("With %s %s it was not trained in turns with the baseline, so the seconds hold only as far as the machine was as free at both times.",
		word, enumerate(seeds))
	e.brief("%s: not trained in turns with %s; its seconds hold only if the machine was as free.", e.name, e.s.Baseline)
}

// leftOut names the runs of both sides that no number contains.
func (e *explanation) leftOut() {
	for _, label := range []string{e.s.Baseline, e.name} {
		for _, status := range []Status{Diverged, Unfinished} {
			var seeds []string
			total := 0
			for i := range e.s.Runs {
				r := &e.s.Runs[i]
				if r.Label() != label {
					continue
				}
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
				sentence.Text = fmt.Sprintf("Seeds %s of %s %s and are left out.", enumerate(seeds), label, did)
			}
			e.sentences = append(e.sentences, sentence)
			e.brief("%s", sentence.Text)
		}
	}
}
