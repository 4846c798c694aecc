package summary

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// controls are the cheap variants that a claim about several scales has to beat:
// they have one scale.
var controls = []string{"shift", "window:2"}

// plainVariant is the label of the variant that is the baseline where there is one.
const plainVariant = "none"

// A Result is a run and the part of it that a summary does not keep.
type Result struct {
	Run
	// Evaluations are the losses of the validation windows at every point of
	// the curve. They may be missing.
	Evaluations [][]float32
}

// Compare fills in Baseline, Runs, Shorter and Comparisons from results; Data must
// be set. The baseline is the variant with the label "none", else the first one.
// A baseline without other variants is compared with itself. Variants keep the
// order of their first runs. Runs of shorter horizons than the longest make the
// grade [Full].
func (s *Summary) Compare(results []Result) error {
	if len(results) == 0 {
		return errors.New("compare: no runs")
	}
	s.Runs, s.Shorter, s.Comparisons = nil, nil, nil
	assumeSeeds(results)
	longest := 0
	for i := range results {
		longest = max(longest, results[i].Horizon)
	}
	var variants []group
	for _, result := range results {
		s.keep(&result.Run)
		result.Measure(s.Data.Entropy.Bigram)
		if result.Horizon != 0 && result.Horizon < longest {
			result.PositionLosses = nil
			s.Shorter = append(s.Shorter, result.Run)
			continue
		}
		s.Runs = append(s.Runs, result.Run)
		i := slices.IndexFunc(variants, func(g group) bool { return g.label == result.Label() })
		if i < 0 {
			i = len(variants)
			variants = append(variants, group{label: result.Label(), runs: map[uint64]Result{}})
		}
		if _, twice := variants[i].runs[result.Seed]; twice {
			return fmt.Errorf("compare: %s has two runs with seed %d", result.Label(), result.Seed)
		}
		variants[i].runs[result.Seed] = result
		variants[i].first = result.Run
	}
	var labels []string
	for _, v := range variants {
		labels = append(labels, v.label)
	}
	at := slices.Index(labels, BaselineOf(labels))
	baseline := variants[at]
	s.Baseline = baseline.label
	others := slices.Delete(slices.Clone(variants), at, at+1)
	if len(others) == 0 {
		others = variants
	}
	all := lengths(s)
	for _, variant := range others {
		c, err := s.against(baseline, variant)
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		if c.Controls, err = s.againstControls(variant, others); err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		c.measureHorizons(all, baseline.label, longest)
		c.Evidence = s.HoldOut.evidence()
		s.Comparisons = append(s.Comparisons, c)
	}
	Correct(s)
	return nil
}

// evidence is that of a comparison on a hold-out, which may be nil or empty.
func (h *HoldOut) evidence() Evidence {
	if h == nil || h.Windows == 0 || h.Before > 0 {
		return Exploratory
	}
	return HeldOut
}

// Judge gives every comparison its outcome and its verdict. Both depend on the
// whole summary: call it after the last result was added.
func (s *Summary) Judge() {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		// Older documents have neither.
		c.Grade, c.Evidence = cmp.Or(c.Grade, Quick), cmp.Or(c.Evidence, Exploratory)
		c.Outcome = c.decide()
		c.Verdict = verdict(s, c)
	}
}

// BaselineOf chooses the baseline among labels: "none", else the first one; empty if
// there are none.
func BaselineOf(labels []string) string {
	switch {
	case len(labels) == 0:
		return ""
	case slices.Contains(labels, plainVariant):
		return plainVariant
	}
	return labels[0]
}

// group is the runs of one variant by seed.
type group struct {
	label string
	first Run // names the variant
	runs  map[uint64]Result
}

// Measure derives the plateau step and the best and final loss from the curve. A
// loss that is not finite makes the run [Diverged], cuts its curve before that
// evaluation and leaves it without a final loss. bigram is the entropy of the
// data, nil if unknown.
func (r *Result) Measure(bigram *float64) {
	cut := slices.IndexFunc(r.Curve, func(p Point) bool { return !finite(p.Loss) })
	if cut >= 0 {
		r.Curve = r.Curve[:cut]
		r.Status = Diverged
	}
	if slices.ContainsFunc(r.WindowLosses, func(loss float64) bool { return !finite(loss) }) {
		r.Status = Diverged
	}
	if r.TestLoss != nil && !finite(*r.TestLoss) {
		r.TestLoss = nil
		r.Status = Diverged
	}
	if r.FinalWindows > 0 && (r.FinalLoss == nil || !finite(*r.FinalLoss)) {
		r.Status = Diverged
	}
	if r.Status != Finished {
		r.WindowLosses, r.PositionLosses = nil, nil
	}
	r.PlateauStep = plateauStep(r.Curve, bigram)
	r.BestLoss = nil
	if r.FinalWindows == 0 || r.Status != Finished {
		r.FinalLoss = nil
	}
	loss, _, ok := best(r.Curve)
	if !ok {
		return
	}
	r.BestLoss = &loss
	if r.Status == Finished && r.FinalLoss == nil {
		final := r.lastPoint().Loss
		r.FinalLoss = &final
	}
}

// pairs returns the seeds that both groups finished, ascending.
func pairs(a, b group) []uint64 {
	var seeds []uint64
	for seed, run := range a.runs {
		if other, ok := b.runs[seed]; ok && run.FinalLoss != nil && other.FinalLoss != nil {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}

// sameLength tells whether the final losses of two runs can be compared: they have the same
// steps, but for the last one that some programs do not log, or the same tokens.
func (r Run) sameLength(other Run) bool {
	const near = 0.01
	most, least := max(r.Steps, other.Steps), min(r.Steps, other.Steps)
	return float64(most-least) <= near*float64(most) || r.Tokens == other.Tokens && r.Tokens > 0
}

// difference compares final losses: positive if the variant's is lower. Windows of
// one group, if there are groups, are not independent. There is no test of runs of
// different lengths.
func difference(baseline, variant group, seeds []uint64, groups []int) (Difference, error) {
	var b, v []float64
	var windows [][]float64
	complete, equal := true, true
	for _, seed := range seeds {
		base, own := baseline.runs[seed], variant.runs[seed]
		b, v = append(b, *base.FinalLoss), append(v, *own.FinalLoss)
		equal = equal && base.sameLength(own.Run)
		of, with := base.WindowLosses, own.WindowLosses
		if n, m := base.windows(), own.windows(); n != m && n > 0 && m > 0 {
			return Difference{}, fmt.Errorf("%s has %d window losses and %s has %d; evaluate both on the same windows",
				baseline.label, n, variant.label, m)
		}
		complete = complete && len(of) > 1 && len(with) > 1 && (len(windows) == 0 || len(windows[0]) == len(of))
		if complete {
			windows = append(windows, subtract(of, with))
		}
	}
	if complete && len(seeds) > 0 && len(groups) != len(windows[0]) {
		groups = nil
	}
	switch {
	case !equal:
		gain := stat.Mean(subtract(b, v), nil)
		return Difference{Gain: &gain, PairsOf: PairsOfSeeds, Pairs: len(seeds)}, nil
	case complete && len(seeds) == 1:
		return windowDifference(b[0]-v[0], windows[0], groups), nil
	case complete && len(seeds) > 1:
		return crossedDifference(subtract(b, v), windows, groups), nil
	}
	return pairedDifference(subtract(b, v), PairsOfSeeds), nil
}

// against fills in everything but what needs the other variants.
func (s *Summary) against(baseline, variant group) (Comparison, error) {
	c := Comparison{
		Name: variant.first.Name, Variant: variant.first.Variant, Set: variant.first.Set, Seeds: pairs(baseline, variant),
	}
	var err error
	if c.Difference, err = difference(baseline, variant, c.Seeds, s.WindowDocuments); err != nil {
		return c, err
	}
	c.GainByPosition = gainByPosition(baseline, variant, c.Seeds)
	var b, v [][]Point
	for _, seed := range c.Seeds {
		b, v = append(b, baseline.runs[seed].Curve), append(v, variant.runs[seed].Curve)
		level, slack, _ := best(baseline.runs[seed].Curve)
		sb := firstCrossing(baseline.runs[seed].Curve, Steps, level, slack)
		sv := firstCrossing(variant.runs[seed].Curve, Steps, level, slack)
		if sv != nil {
			c.StepsToBaselineLoss.Reached++
		}
		c.StepsToBaselineLoss.PerSeed = append(c.StepsToBaselineLoss.PerSeed, sv)
		c.StepsSavedPerSeed = append(c.StepsSavedPerSeed, saved(sv, sb))
		if variant.runs[seed].apart(baseline.runs[seed].Run) {
			c.Apart = append(c.Apart, seed)
		}
	}
	c.SpeedUps = speedUps(b, v)
	c.StepsSavedInterval = stepsSavedInterval(baseline, variant, c.Seeds)
	meanB, meanV := MeanCurve(b...), MeanCurve(v...)
	level, slack, ok := best(meanB)
	if !ok && len(c.Seeds) > 0 {
		return c, fmt.Errorf("the runs of %s have no step at which all of them were evaluated; give seeds curves with the same steps", baseline.label)
	}
	if !ok {
		return c, nil
	}
	c.BaselineLoss = &level
	onBoth := func(axis Axis) (sb, sv *float64) {
		if !axis.known(b) || !axis.known(v) {
			return nil, nil
		}
		return firstCrossing(meanB, axis, level, slack), firstCrossing(meanV, axis, level, slack)
	}
	sb, sv := onBoth(Steps)
	c.BaselineSteps, c.StepsToBaselineLoss.Mean = sb, sv
	c.BaselinePlateauStep = plateauStep(meanB, s.Data.Entropy.Bigram)
	c.PlateauStep = plateauStep(meanV, s.Data.Entropy.Bigram)
	c.StepsSaved = saved(sv, sb)
	c.StepsSavedAfterPlateau = saved(since(sv, c.PlateauStep), since(sb, c.BaselinePlateauStep))
	sb, sv = onBoth(TrainedTokens)
	c.TokensSaved = saved(sv, sb)
	sb, sv = onBoth(Seconds)
	c.SecondsSaved = saved(sv, sb)
	sb, sv = onBoth(FLOPs)
	c.FLOPsSaved = saved(sv, sb)
	return c, nil
}

// againstControls compares a variant with the controls that have its overrides, and
// with those that the plan names.
func (s *Summary) againstControls(variant group, others []group) ([]Control, error) {
	var out []Control
	for _, other := range others {
		first := other.first
		usual := slices.Contains(controls, first.Variant) && !slices.Contains(controls, variant.first.Variant) &&
			Label("", first.Variant, first.Set) == Label("", first.Variant, variant.first.Set)
		if other.label == variant.label || !usual && !s.names(variant.label, other.label) {
			continue
		}
		d, err := difference(other, variant, pairs(other, variant), s.WindowDocuments)
		if err != nil {
			return nil, err
		}
		name := first.Variant
		same := func(g group) bool { return g.first.Variant == name && s.names(variant.label, g.label) }
		if slices.ContainsFunc(others, same) { // which the plan names by its label
			name = other.label
		}
		if d.Gain != nil {
			out = append(out, Control{Variant: name, Difference: d, GainByPosition: gainByPosition(other, variant, pairs(other, variant))})
		}
	}
	return out, nil
}

// subtract returns a - b, element by element.
func subtract(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

// apart tells whether two runs never took turns. It is unknown, so false, if
// neither says when it was trained.
func (r Run) apart(other Run) bool {
	for _, began := range r.Turns {
		if slices.ContainsFunc(other.Turns, began.Equal) {
			return false
		}
	}
	return len(r.Turns) > 0 || len(other.Turns) > 0
}
