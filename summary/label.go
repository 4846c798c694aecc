package summary

import (
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// Label names a variant: by its name or, without one, by the name of its mixer and its
// overrides, as in "haar model.norm=post". A label is also the key of a variant in a
// summary.
func Label(name, spec string, set map[string]any) string {
	if name != "" {
		return name
	}
	return strings.Join(append([]string{wavelet.NameOf(spec)}, config.Assignments(set)...), " ")
}

// SafeLabel is a label as every file system takes it.
func SafeLabel(label string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, label)
}

// relabel gives the labels of a document today's names of mixers. Older documents have
// canonical specs in their place.
func (s *Summary) relabel() {
	names := []*string{&s.Baseline}
	runs := func(all []Run) {
		for i := range all {
			names = append(names, &all[i].Name)
		}
	}
	runs(s.Runs)
	runs(s.Shorter)
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		names = append(names, &c.Name)
		for j := range c.Controls {
			names = append(names, &c.Controls[j].Variant)
		}
	}
	for i := range s.Models {
		names = append(names, &s.Models[i].Variant)
	}
	for i := range s.Probes {
		names = append(names, &s.Probes[i].Variant)
	}
	for i := range s.Samples {
		names = append(names, &s.Samples[i].Name)
	}
	for i := range s.Confirmations {
		names = append(names, &s.Confirmations[i].Variant)
		runs(s.Confirmations[i].Runs)
	}
	for i := range s.Matches {
		m := &s.Matches[i]
		for j := range m.Answers {
			names = append(names, &m.Answers[j].Variant)
		}
		for j := range m.Sizes {
			runs(m.Sizes[j].Runs)
		}
	}
	if s.Sweep != nil {
		for i := range s.Sweep.Near {
			names = append(names, &s.Sweep.Near[i].Variant)
		}
		for i := range s.Sweep.Trials {
			names = append(names, &s.Sweep.Trials[i].Name)
		}
	}
	for i := range s.Additions {
		for j := range s.Additions[i].Variants {
			names = append(names, &s.Additions[i].Variants[j])
		}
		s.Additions[i].Primary = relabelPrimary(s.Additions[i].Primary)
	}
	s.Primary = relabelPrimary(s.Primary)
	for _, name := range names {
		*name = relabel(*name)
	}
}

// relabel replaces the canonical spec that a label begins with by its name.
func relabel(label string) string {
	spec, _, _ := strings.Cut(label, " ")
	if s, err := wavelet.Parse(spec); err == nil && s.String() == spec {
		return s.Name() + label[len(spec):]
	}
	return label
}

func relabelPrimary(names []string) []string {
	for i, name := range names {
		if a, b, err := ParsePrimary(name); err == nil && b != "" {
			names[i] = PrimaryOf(relabel(a), relabel(b))
		} else {
			names[i] = relabel(name)
		}
	}
	return names
}

// Label names the run's variant.
func (r *Run) Label() string { return Label(r.Name, r.Variant, r.Set) }

// Label names the compared variant.
func (c *Comparison) Label() string { return Label(c.Name, c.Variant, c.Set) }

// Label names the variant that wrote the sample.
func (s *Sample) Label() string { return Label(s.Name, s.Variant, s.Set) }
