package summary

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// against joins the two sides of a comparison that a plan names: "haar against
// shift".
const against = " against "

// ParsePrimary reads the name of a primary comparison: a label, which is compared
// with the baseline, or two labels, "haar against shift".
func ParsePrimary(text string) (label, other string, err error) {
	label, other, found := strings.Cut(text, against)
	label, other = strings.TrimSpace(label), strings.TrimSpace(other)
	if label == "" || found && other == "" {
		return "", "", fmt.Errorf("primary %q: write a variant, or two of them as in %q", text, "haar"+against+"shift")
	}
	return label, other, nil
}

// PrimaryOf is the name of the comparison of two variants.
func PrimaryOf(label, other string) string { return label + against + other }

// SamePrimary tells whether two plans name the same primary comparisons, in any order.
func SamePrimary(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// names tells whether the plan names the comparison of a variant with another as
// primary; "" is the baseline.
func (s *Summary) names(label, other string) bool {
	return slices.ContainsFunc(s.Primary, func(text string) bool {
		a, b, err := ParsePrimary(text)
		return err == nil && a == label && b == other
	})
}

// isPrimary applies the default: every variant against the baseline, and against
// the one-token shift.
func (s *Summary) isPrimary(label, other string) bool {
	if len(s.Primary) > 0 {
		return s.names(label, other) || other == s.Baseline && s.names(label, "") || other == "" && s.names(label, s.Baseline)
	}
	return other == "" || s.mixerOf(other) == shift
}

// primaryNames lists the primary comparisons by name, also where they are the default.
func (s *Summary) primaryNames() []string {
	if len(s.Primary) > 0 {
		return s.Primary
	}
	var names []string
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		names = append(names, c.Label())
		for j := range c.Controls {
			if k := &c.Controls[j]; s.isPrimary(c.Label(), k.Variant) {
				names = append(names, c.Label()+against+k.Variant)
			}
		}
	}
	return names
}

// mixerOf is the mixer of a variant, or the name itself where it is one.
func (s *Summary) mixerOf(name string) string {
	if runs := s.RunsOf(name); len(runs) > 0 {
		return runs[0].Variant
	}
	return name
}

// shift is the spec of the cheapest control.
const shift = "shift"

// Correct corrects the p-values of all comparisons of one plan by Holm's method, as
// if they stood in one table: the media, presets and controls together. The primary
// tests are corrected for their number. The others are exploratory, and are
// corrected for the number of all tests. What was held out is a family apart from what
// was explored. It then judges all comparisons.
func Correct(summaries ...*Summary) {
	var explored, held []*Summary
	for _, s := range summaries {
		if s.HoldOut == nil {
			explored = append(explored, s)
		} else {
			held = append(held, s)
		}
	}
	correct(explored)
	correct(held)
}

func correct(summaries []*Summary) {
	type test struct {
		p       *float64
		to      **float64
		primary bool
	}
	var tests []test
	for _, s := range summaries {
		for i := range s.Comparisons {
			c := &s.Comparisons[i]
			label := c.Label()
			if label == s.Baseline { // with itself: no question, so no correction
				c.PValueHolm = c.PValue
				continue
			}
			c.Primary = s.isPrimary(label, "")
			tests = append(tests, test{c.PValue, &c.PValueHolm, c.Primary})
			for j := range c.Controls {
				k := &c.Controls[j]
				k.Primary = s.isPrimary(label, k.Variant)
				tests = append(tests, test{k.PValue, &k.PValueHolm, k.Primary})
			}
		}
	}
	var all, primary []*float64
	number := 0
	for _, t := range tests {
		own := t.p
		if !t.primary {
			own = nil
		}
		all, primary = append(all, t.p), append(primary, own)
		if own != nil {
			number++
		}
	}
	all, primary = holm(all), holm(primary)
	for i, t := range tests {
		*t.to = all[i]
		if t.primary {
			*t.to = primary[i]
		}
	}
	for _, s := range summaries {
		s.Tests = number
		s.Judge()
	}
}

// KeepCorrection takes the corrected p-values of an earlier summary whose plan had more
// tests, if its own p-values are the same: the rest of the plan is not at hand.
func (s *Summary) KeepCorrection(earlier *Summary) {
	if earlier.Tests <= s.Tests || len(earlier.Comparisons) != len(s.Comparisons) {
		return
	}
	same := func(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }
	for i := range s.Comparisons {
		a, b := &s.Comparisons[i], &earlier.Comparisons[i]
		if a.Label() != b.Label() || !same(a.PValue, b.PValue) || a.Primary != b.Primary || len(a.Controls) != len(b.Controls) {
			return
		}
		for j := range a.Controls {
			if !same(a.Controls[j].PValue, b.Controls[j].PValue) || a.Controls[j].Primary != b.Controls[j].Primary {
				return
			}
		}
	}
	s.Tests = earlier.Tests
	for i := range s.Comparisons {
		a, b := &s.Comparisons[i], &earlier.Comparisons[i]
		a.PValueHolm = b.PValueHolm
		for j := range a.Controls {
			a.Controls[j].PValueHolm = b.Controls[j].PValueHolm
		}
	}
}

// RecordAdditions records what an earlier summary of the same comparison does not have
// or did not name as primary: it was added when its results were known. With it, a
// hold-out comparison is exploratory again.
func (s *Summary) RecordAdditions(earlier *Summary, now time.Time) {
	if earlier == nil {
		return
	}
	s.Additions = slices.Clone(earlier.Additions)
	seeds, variants := earlier.Seeds(), earlier.Labels()
	a := Addition{When: now.UTC().Truncate(time.Second), AfterSeeds: len(seeds), AfterVariants: len(variants)}
	for _, seed := range s.Seeds() {
		if !slices.Contains(seeds, seed) {
			a.Seeds = append(a.Seeds, seed)
		}
	}
	for _, label := range s.Labels() {
		if !slices.Contains(variants, label) && !slices.ContainsFunc(s.allOf(label), earlier.trained) {
			a.Variants = append(a.Variants, label)
		}
	}
	for _, steps := range s.Lengths() {
		if !slices.Contains(earlier.Lengths(), steps) {
			a.Horizons = append(a.Horizons, steps)
		}
	}
	if !SamePrimary(s.Primary, earlier.Primary) {
		if a.Primary = s.Primary; len(a.Primary) == 0 {
			a.Primary = []string{defaultPrimary}
		}
	}
	if len(a.Seeds)+len(a.Variants)+len(a.Horizons)+len(a.Primary) > 0 {
		s.Additions = append(s.Additions, a)
	}
	for i := 0; len(s.Additions) > 0 && i < len(s.Comparisons); i++ {
		s.Comparisons[i].Evidence = Exploratory
	}
}

// allOf lists the runs of a variant at all horizons.
func (s *Summary) allOf(label string) []*Run {
	all := s.RunsOf(label)
	for i := range s.Shorter {
		if s.Shorter[i].Label() == label {
			all = append(all, &s.Shorter[i])
		}
	}
	return all
}

// trained tells whether a summary has a run, whatever its variant is called.
func (s *Summary) trained(r *Run) bool {
	return slices.ContainsFunc(slices.Concat(s.Runs, s.Shorter), func(own Run) bool { return own.ConfigHash == r.ConfigHash && own.ConfigHash != "" })
}

// defaultPrimary names the primary comparisons of a plan that names none.
const defaultPrimary = "every variant against the baseline, and against shift"

// Seeds lists the seeds of the runs, ascending.
func (s *Summary) Seeds() (seeds []uint64) {
	for i := range s.Runs {
		if !slices.Contains(seeds, s.Runs[i].Seed) {
			seeds = append(seeds, s.Runs[i].Seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}
