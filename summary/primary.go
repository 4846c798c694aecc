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
	return other == "" || other == shift
}

// shift is the spec of the cheapest control.
const shift = "shift"

// Correct corrects the p-values of all comparisons of one plan by Holm's method, as
// if they stood in one table: the media, presets and controls together. The primary
// tests are corrected for their number. The others are exploratory, and are
// corrected for the number of all tests. It then judges all comparisons.
func Correct(summaries ...*Summary) {
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

// RecordAdditions records the seeds and variants that an earlier summary of the same
// comparison does not have: they were added when its results were known.
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
		if !slices.Contains(variants, label) {
			a.Variants = append(a.Variants, label)
		}
	}
	if len(a.Seeds)+len(a.Variants) > 0 {
		s.Additions = append(s.Additions, a)
	}
}

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
