package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A trainer returns the results of the plans of a phase (see [Study.Phases]), as
// trainPlans does. A run that it does not train is unfinished, and so is the search then.
type trainer func(phase string, plans []Plan) ([][]summary.Result, error)

// A search finds what a sweep chooses for the variants of the plans of all horizons,
// from short to long.
type search struct {
	*Sweep
	plans   []Plan
	earlier *summary.Sweep // of the same keys; nil if there is none
	train   trainer
	watch   Watch

	rounds   []round // what was tried
	tried    int     // how often
	out      *summary.Sweep
	finished bool // all runs are over, and out has the choice
}

// A round is the trials of all variants at one horizon: a plan in which each variant
// tries one setting for one of the study.
type round struct {
	Plan
	labels []string // of the variants of the study
}

// search runs a sweep with a trainer.
func (s Study) search(plans []Plan, train trainer, watch Watch) (*search, error) {
	seeds := sweepSeeds(s.Seeds)
	x := &search{Sweep: s.Sweep, plans: plans, train: train, watch: watch}
	x.out = &summary.Sweep{Key: s.Sweep.Keys[0].Key, Seed: seeds[0], Keys: s.Sweep.names(), Seeds: seeds}
	if s.Earlier != nil && s.Sweep.isSameAs(s.Earlier.Sweep) {
		x.earlier = s.Earlier.Sweep
	}
	if x.random() {
		return x, x.halve()
	}
	return x, x.tryList()
}

// round plans trials at the horizon of a plan. settings has those of each variant.
func (x *search) round(p Plan, settings map[string][]setting) (round, error) {
	r := round{Plan: p}
	r.Variants, r.Seeds = nil, x.out.Seeds
	for _, v := range p.Variants {
		for _, own := range settings[v.Label()] {
			tried, err := x.tryOn(v, own, p)
			if err != nil {
				return r, err
			}
			r.Variants, r.labels = append(r.Variants, tried), append(r.labels, v.Label())
		}
	}
	return r, r.Validate()
}

// uses tells whether a variant has all keys of a setting.
func uses(v Variant, own setting) bool {
	for key := range own {
		if !v.tunes(key) {
			return false
		}
	}
	return true
}

// tryOn is a variant with a setting at the horizon of a plan.
func (x *search) tryOn(v Variant, own setting, p Plan) (Variant, error) {
	return own.tried(v, p, x.plans[len(x.plans)-1].Config.Train.Steps)
}

// forAll gives every variant the same settings, without those that differ only in keys
// that it does not use.
func (x *search) forAll(settings []setting, rungs []Plan) (map[string][]setting, error) {
	all := map[string][]setting{}
	for _, v := range x.plans[0].Variants {
		d := distinct{}
		for _, own := range settings {
			tried, err := x.tryOn(v, own, rungs[0])
			if err != nil {
				return nil, err
			}
			isNew, err := d.add(x, []Variant{v}, own, rungs)
			if err != nil {
				return nil, err
			}
			if isNew || uses(tried, own) {
				all[v.Label()] = append(all[v.Label()], own)
			}
		}
	}
	return all, nil
}

// distinct holds what settings are for variants at each rung, where warm-ups can round
// to the same.
type distinct map[string]bool

// add reports whether a setting is another one at every rung than all that were added,
// for at least one of the variants. If so, it is added.
func (d distinct) add(x *search, variants []Variant, own setting, rungs []Plan) (bool, error) {
	var names []string
	for _, p := range rungs {
		name := fmt.Sprint(p.Config.Train.Steps)
		for _, v := range variants {
			tried, err := x.tryOn(v, own, p)
			if err != nil {
				return false, err
			}
			name += "; " + strings.Join(config.Assignments(tried.Tuned), " ")
		}
		if d[name] {
			return false, nil
		}
		names = append(names, name)
	}
	for _, name := range names {
		d[name] = true
	}
	return true, nil
}

// used refuses a round in which no variant uses some key.
func (x *search) used(r round) error {
	for _, key := range x.names() {
		if !slices.ContainsFunc(r.Variants, func(v Variant) bool { return v.tunes(key) }) {
			return fmt.Errorf("sweep: %s has no effect on any variant; sweep another key, or add a variant that uses it", key)
		}
	}
	return nil
}

// try has rounds trained. Finished runs of earlier rounds are not trained again, and
// with schedule wsd longer ones begin as branches of them.
func (x *search) try(rounds []round) error {
	x.rounds = rounds
	var plans []Plan
	for _, r := range rounds {
		plans = append(plans, r.Plan)
	}
	x.tried++
	results, err := x.train(fmt.Sprint(phaseSweep, x.tried), plans)
	if err != nil {
		return err
	}
	x.out.Trials, x.finished = nil, true
	for at, r := range rounds {
		for i := range r.Variants {
			for j := range r.Seeds {
				t := summary.Trial{Run: results[at][j*len(r.Variants)+i].Run}
				t.Name = r.labels[i]
				t.WindowLosses, t.PositionLosses = nil, nil // a choice needs the mean alone
				x.finished = x.finished && t.Status != summary.Unfinished
				x.out.Trials = append(x.out.Trials, t)
			}
		}
	}
	return nil
}

// tryList tries all values of one list, and extends it for all variants until no best
// one is at an edge.
func (x *search) tryList() error {
	values := x.startingValues()
	for before := 0; ; {
		rounds, err := x.list(values)
		if err != nil {
			return err
		}
		x.announce(values, before, rounds)
		if err := x.try(rounds); err != nil {
			return err
		}
		x.out.Choose()
		if !x.finished {
			return nil
		}
		before = len(values)
		if values = x.extended(values); len(values) == before {
			return nil
		}
	}
}

// list plans the trials of values at all horizons.
func (x *search) list(values []any) (rounds []round, err error) {
	var settings []setting
	for _, value := range values {
		settings = append(settings, setting{x.Keys[0].Key: value})
	}
	all, err := x.forAll(settings, x.plans)
	if err != nil {
		return nil, err
	}
	for _, p := range x.plans {
		r, err := x.round(p, all)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, r)
	}
	return rounds, x.used(rounds[0])
}

// announce says what is about to be trained: the rounds of values, of which the first
// were tried before.
func (x *search) announce(values []any, before int, rounds []round) {
	key := x.Keys[0].Key
	var fixed []string // variants that do not use the key
	for i, label := range rounds[0].labels {
		if !rounds[0].Variants[i].tunes(key) {
			fixed = append(fixed, label)
		}
	}
	swept := len(x.plans[0].Variants) - len(fixed)
	runs := func(trials int) string { return typeset.Counted(trials*len(rounds)*len(x.out.Seeds), "run") }
	if before == 0 {
		once := ""
		if len(fixed) > 0 {
			once = fmt.Sprintf("; for %s without it, as %s has no effect there", typeset.List(fixed), key)
		}
		x.watch.part("sweeping %s over %s for %s, %s%s", key, typeset.Counted(len(values), "value"), typeset.Counted(swept, "variant"), runs(len(rounds[0].Variants)), once)
		return
	}
	var labels, added []string
	for _, edge := range x.out.Edges() {
		if !slices.Contains(labels, edge.Variant) {
			labels = append(labels, edge.Variant)
		}
	}
	for _, value := range x.out.Added[len(x.out.Added)-(len(values)-before):] {
		added = append(added, config.FormatValue(value))
	}
	x.watch.part("sweeping %s at %s too, because the best value for %s is at an edge: %s more", key, typeset.List(added), typeset.List(labels), runs((len(values)-before)*swept))
}

// startingValues are those of the list and those that an earlier sweep added, in
// order of size if they are numbers.
func (x *search) startingValues() []any {
	key := &x.Keys[0]
	values := slices.Clone(key.Values)
	if !areNumbers(values) {
		return values
	}
	if x.earlier != nil {
		for _, value := range x.earlier.Added {
			n, ok := summary.Number(value)
			if ok && !slices.ContainsFunc(values, func(own any) bool { return compareNumbers(own, value) == 0 }) {
				value = valueOf(key.Key, n, 12)
				values, x.out.Added = append(values, value), append(x.out.Added, value)
			}
		}
	}
	slices.SortStableFunc(values, compareNumbers)
	return values
}

func areNumbers(values []any) bool {
	return !slices.ContainsFunc(values, func(value any) bool { _, ok := summary.Number(value); return !ok })
}

func compareNumbers(a, b any) int {
	x, _ := summary.Number(a)
	y, _ := summary.Number(b)
	return cmp.Compare(x, y)
}

// extended adds the next value at each edge that is a best one.
func (x *search) extended(values []any) []any {
	x.out.Ends = nil
	edges, more := x.out.Edges(), slices.Clone(values)
	for _, side := range []string{summary.LowEdge, summary.HighEdge} {
		if !slices.ContainsFunc(edges, func(e summary.Edge) bool { return e.Side == side }) {
			continue
		}
		next, ok := beyond(x.Keys[0].Key, values, side)
		if ok {
			_, err := x.list([]any{next})
			ok = err == nil
		}
		switch {
		case !ok:
			x.out.Ends = append(x.out.Ends, side)
		case len(x.out.Added) < summary.MostAdded:
			more, x.out.Added = append(more, next), append(x.out.Added, next)
		}
	}
	slices.SortStableFunc(more, compareNumbers)
	return more
}

// beyond is the value after the outermost of at least two ascending values: in the
// ratio of the two outermost, or at their distance where they are whole numbers or
// not positive.
func beyond(key string, values []any, side string) (value any, ok bool) {
	if side == summary.HighEdge {
		values = slices.Clone(values)
		slices.Reverse(values)
	}
	end, _ := summary.Number(values[0])
	next, _ := summary.Number(values[1])
	a, b := end, next
	if isDecay(key) {
		a, b = 1-end, 1-next
	}
	to := a + (a - b)
	if a > 0 && b > 0 && !isWhole(key) {
		to = a * a / b
	}
	if isDecay(key) {
		to = 1 - to
	}
	for digits := 3; digits <= 12; digits++ { // as few as tell it from the last
		value = valueOf(key, to, digits)
		if x, _ := summary.Number(value); x < end && end < next || x > end && end > next {
			return value, true
		}
	}
	return nil, false
}

// halve draws settings and tries them by successive halving (Jamieson and Talwalkar,
// "Non-stochastic best arm identification and hyperparameter optimization", 2016; the
// name and the use with random settings are those of Li et al., "Hyperband", 2018):
// after each rung the better half of the settings of a variant continues. Every rung has
// its own whole schedule, so that no setting is judged in mid-schedule.
func (x *search) halve() error {
	rungs, err := x.rungs()
	if err != nil {
		return err
	}
	all, err := x.drawn(rungs)
	if err != nil {
		return err
	}
	left, err := x.forAll(all, rungs)
	if err != nil {
		return err
	}
	var rounds []round
	for _, p := range rungs {
		steps := p.Config.Train.Steps
		x.out.Rungs = append(x.out.Rungs, steps)
		r, err := x.round(p, left)
		if err == nil && len(rounds) == 0 {
			err = x.used(r)
		}
		if err != nil {
			return err
		}
		x.watch.part("sweeping %s of %s for %s at %s, %s", typeset.Counted(most(left), "setting"), typeset.List(x.names()),
			typeset.Counted(len(p.Variants), "variant"), typeset.Counted(steps, "step"), typeset.Counted(len(r.Variants)*len(r.Seeds), "run"))
		rounds = append(rounds, r)
		if err := x.try(rounds); err != nil {
			return err
		}
		for label, settings := range left {
			left[label] = x.betterHalf(settings, label, steps)
		}
	}
	var horizons []int
	for _, p := range x.plans {
		horizons = append(horizons, p.Config.Train.Steps)
	}
	x.out.Choose(horizons...)
	return nil
}

// most is the largest number of settings of a variant.
func most(settings map[string][]setting) (n int) {
	for _, own := range settings {
		n = max(n, len(own))
	}
	return n
}

// rungs are the plans of the horizons if there are several, else a quarter, a half and
// the whole of the steps.
func (x *search) rungs() ([]Plan, error) {
	p := x.plans[0]
	for _, v := range p.Variants {
		if _, own := v.Set["train.steps"]; own {
			return nil, fmt.Errorf("sweep: variant %s sets train.steps, but settings that are drawn train for a quarter and a half of them first; leave one of them out", v.Label())
		}
	}
	if len(x.plans) > 1 {
		return x.plans, nil
	}
	var rungs []Plan
	for _, part := range []int{4, 2, 1} {
		steps := p.Config.Train.Steps / part
		if steps == 0 || len(rungs) > 0 && rungs[len(rungs)-1].Config.Train.Steps == steps {
			continue
		}
		rung := p
		rung.Config = AtHorizon(p.Config, steps)
		rungs = append(rungs, rung)
	}
	return rungs, nil
}

// drawn draws the settings. All differ at every rung.
func (x *search) drawn(rungs []Plan) (all []setting, err error) {
	for _, k := range x.Keys {
		if len(k.Values) > 0 {
			continue
		}
		for _, end := range []float64{k.Low, k.High} {
			own, err := x.forAll([]setting{{k.Key: valueOf(k.Key, end, 12)}}, rungs)
			if err == nil {
				_, err = x.round(x.plans[len(x.plans)-1], own)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	d := distinct{}
	all = x.settings(x.out.Seed, func(drawn setting) bool {
		isNew, failed := d.add(x, rungs[0].Variants, drawn, rungs)
		err = cmp.Or(err, failed)
		return isNew
	})
	return all, err
}

// betterHalf keeps the better half, rounded up, and at least two of the settings of a
// variant. Those without a score come last; while runs are unfinished, any half stands
// for it.
func (x *search) betterHalf(settings []setting, label string, horizon int) []setting {
	keep := max((len(settings)+1)/2, min(2, len(settings)))
	var tried []summary.Setting
	for _, own := range x.out.Settings() {
		if own.Variant == label && own.Horizon == horizon {
			tried = append(tried, own)
		}
	}
	var order []int
	for i := range tried {
		if tried[i].Status() == summary.Unfinished {
			return settings[:keep]
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := tried[a].Mean, tried[b].Mean; {
		case x != nil && y != nil:
			return cmp.Compare(*x, *y)
		case x != nil:
			return -1
		case y != nil:
			return 1
		}
		return 0
	})
	var better []setting
	for _, i := range slices.Sorted(slices.Values(order[:keep])) {
		better = append(better, settings[i])
	}
	return better
}

// chosen returns the plans with what the search chose; while it is not finished, with
// what an earlier one did.
func (x *search) chosen() (plans []Plan) {
	sweep := x.out
	if !x.finished {
		sweep = x.earlier
	}
	for _, p := range x.plans {
		plans = append(plans, tuned(p, sweep))
	}
	return plans
}

// tuned is a plan whose variants have what a sweep chose for them; nil chose nothing.
func tuned(p Plan, sweep *summary.Sweep) Plan {
	p.Variants = slices.Clone(p.Variants)
	if sweep == nil {
		return p
	}
	for i, v := range p.Variants {
		if chosen := sweep.TunedOf(v.Label(), p.Config.Train.Steps); chosen != nil {
			p.Variants[i].Tuned = chosen
		}
	}
	return p
}

// sayChanges says which choices differ from those of an earlier sweep.
func (x *search) sayChanges() {
	for _, p := range x.plans {
		before, now := tuned(p, x.earlier), tuned(p, x.out)
		for i := range p.Variants {
			a, b := config.Assignments(before.Variants[i].Tuned), config.Assignments(now.Variants[i].Tuned)
			if len(a) > 0 && !slices.Equal(a, b) {
				x.watch.warn(fmt.Errorf("%s: the sweep chooses %s now, and chose %s before; runs with the former choice are not in the summary any more, their directories stay",
					p.Variants[i].Label(), cmp.Or(strings.Join(b, " "), "nothing"), strings.Join(a, " ")))
			}
		}
	}
}
