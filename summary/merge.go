package summary

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// Merge joins summaries of the same measurement: of the same data, windows and
// configuration, with different seeds or variants. Where a variant of both has other
// settings, of the plan or of a sweep, they stay apart. It compares their runs again.
// Imported curves join the summary before them. The result has one summary for
// each measurement, in the order of the first ones.
func Merge(all []*Summary) ([]*Summary, error) {
	var merged []*Summary
	joined := map[*Summary]bool{}
	for _, s := range all {
		at := slices.IndexFunc(merged, func(m *Summary) bool { return m.sameMeasurement(s) })
		if s.imported() && len(merged) > 0 {
			at = len(merged) - 1
		}
		if at < 0 {
			own := *s
			own.Runs, own.Shorter = slices.Clone(s.Runs), slices.Clone(s.Shorter)
			merged = append(merged, &own)
			continue
		}
		if err := merged[at].join(s); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
		joined[merged[at]] = true
	}
	for _, m := range merged {
		if !joined[m] {
			continue
		}
		var results []Result
		for _, r := range slices.Concat(m.Runs, m.Shorter) {
			results = append(results, Result{Run: r})
		}
		old := *m
		if err := m.Compare(results); err != nil {
			return nil, err
		}
		m.KeepIntervals(&old)
		m.Judge()
	}
	return merged, nil
}

// imported tells whether the summary has imported curves only.
func (s *Summary) imported() bool {
	return len(s.Runs) > 0 && !slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Source == "" })
}

func (s *Summary) sameMeasurement(other *Summary) bool {
	return s.Data.Hash != "" && s.Data.Hash == other.Data.Hash && s.Windows == other.Windows && s.HoldOut.splitName() == other.HoldOut.splitName() &&
		s.setting() == other.setting() && s.means(other)
}

// means tells whether a name stands for the same operator and settings in both summaries,
// those that a sweep chose too. Else the seeds of one variant would be runs of two.
func (s *Summary) means(other *Summary) bool {
	for _, r := range slices.Concat(s.Runs, s.Shorter) {
		for _, o := range slices.Concat(other.Runs, other.Shorter) {
			if r.Source == "" && o.Source == "" && r.isCalledAs(&o) && !r.isVariantOf(&o) {
				return false
			}
		}
	}
	return true
}

// isVariantOf tells whether two runs have the same operator and settings.
func (r *Run) isVariantOf(o *Run) bool {
	return r.Variant == o.Variant && slices.Equal(config.Assignments(r.Set), config.Assignments(o.Set)) &&
		slices.Equal(config.Assignments(r.Tuned), config.Assignments(o.Tuned))
}

// isCalledAs tells whether two runs are of one variant and of one length of training, as
// far as that is known.
func (r *Run) isCalledAs(o *Run) bool {
	return r.Label() == o.Label() && (r.Horizon == o.Horizon || r.Horizon == 0 || o.Horizon == 0)
}

// splitName is the split of final losses, empty for the validation split.
func (h *HoldOut) splitName() string {
	switch {
	case h == nil:
		return ""
	case h.Windows == 0:
		return "none"
	}
	return h.Split
}

// setting names the configuration without the keys in which its runs differ.
func (s *Summary) setting() string {
	c, err := s.configuration()
	if err != nil {
		return s.Configuration
	}
	c.Train.Seed, c.Model.Mixer = 0, ""
	return c.Hash("")
}

// join adds the runs of another summary that are missing.
func (s *Summary) join(other *Summary) error {
	if other.Data.Unit != s.Data.Unit && other.Data.Unit != "token" {
		return fmt.Errorf("%s counts losses per %s, %s per %s; they do not compare", other.Data.Name, other.Data.Unit, s.Data.Name, s.Data.Unit)
	}
	if err := s.joinRuns(&s.Runs, other, other.Runs); err != nil {
		return err
	}
	if err := s.joinRuns(&s.Shorter, other, other.Shorter); err != nil {
		return err
	}
	if len(s.WindowDocuments) == 0 {
		s.WindowDocuments = other.WindowDocuments
	}
	if len(s.Primary) != len(other.Primary) || len(union(s.Primary, other.Primary)) != len(s.Primary) {
		s.Primary = union(s.primaryNames(), other.primaryNames())
	}
	s.Additions = union(s.Additions, other.Additions)
	s.Dirs = union(s.Dirs, other.Dirs)
	if s.HoldOut != nil && other.HoldOut != nil {
		joined := *s.HoldOut
		joined.Before = max(joined.Before, other.HoldOut.Before)
		s.HoldOut = &joined
	}
	if !slices.Contains(strings.Split(s.Command, "\n"), other.Command) {
		s.Command += "\n" + other.Command
	}
	for _, sample := range other.Samples {
		if !slices.ContainsFunc(s.Samples, func(own Sample) bool { return own.Label() == sample.Label() }) {
			s.Samples = append(slices.Clip(s.Samples), sample)
		}
	}
	for _, m := range other.Models {
		if s.ModelOf(m.Variant) == nil {
			s.Models = append(slices.Clip(s.Models), m)
		}
	}
	if s.Sweep == nil {
		s.Sweep = other.Sweep
	}
	s.Confirmations = unionFunc(s.Confirmations, other.Confirmations, func(a, b Confirmation) bool {
		return a.Variant == b.Variant && a.Steps == b.Steps && slices.EqualFunc(a.Runs, b.Runs, sameRun)
	})
	s.Matches = unionFunc(s.Matches, other.Matches, func(a, b Match) bool {
		return a.Along == b.Along && reflect.DeepEqual(a.Answers, b.Answers) && slices.EqualFunc(a.Sizes, b.Sizes, func(a, b MatchSize) bool {
			return a.Size == b.Size && slices.EqualFunc(a.Runs, b.Runs, sameRun)
		})
	})
	s.Probes = union(s.Probes, other.Probes)
	return nil
}

// joinRuns adds the runs of another summary that are missing in a list of s.
func (s *Summary) joinRuns(to *[]Run, other *Summary, runs []Run) error {
	here := s.CPU == other.CPU && s.Tier == other.Tier
	for _, r := range runs {
		if !here && !other.imported() {
			r = r.WithoutSeconds()
		}
		r = r.perToken(&other.Data, &s.Data)
		at := slices.IndexFunc(*to, func(own Run) bool {
			return own.isCalledAs(&r) && (own.Seed == r.Seed || own.SeedAssumed || r.SeedAssumed)
		})
		mixed := slices.IndexFunc(*to, func(own Run) bool { return own.isCalledAs(&r) && (own.Source == "") != (r.Source == "") })
		switch {
		case at >= 0 && r.Source != "" && reflect.DeepEqual((*to)[at].Curve, r.Curve): // again
		case mixed >= 0:
			return fmt.Errorf("%s has a curve called %s, which is also the name of a variant of the comparison; give the curve another name, in a column variant",
				cmp.Or(r.Source, (*to)[mixed].Source), r.Label())
		case at >= 0 && ((*to)[at].SeedAssumed || r.SeedAssumed):
			return fmt.Errorf("%s: the curve %s has no seed, and another run has the same name; give it a seed or another variant, in a column",
				cmp.Or(r.Source, (*to)[at].Source), r.Label())
		case at >= 0 && (r.ConfigHash == "" || (*to)[at].ConfigHash != r.ConfigHash):
			return fmt.Errorf("two different runs are called %s with seed %d; give one of the variants a name", r.Label(), r.Seed)
		case at >= 0:
			if (*to)[at].Status != Finished {
				(*to)[at] = r
			}
		default:
			*to = append(*to, r)
		}
	}
	return nil
}

// union is a, then the elements of b that are not in it.
func union[T any](a, b []T) []T {
	return unionFunc(a, b, func(x, y T) bool { return reflect.DeepEqual(x, y) })
}

func unionFunc[T any](a, b []T, same func(x, y T) bool) []T {
	all := slices.Clip(a)
	for _, x := range b {
		if !slices.ContainsFunc(a, func(own T) bool { return same(own, x) }) {
			all = append(all, x)
		}
	}
	return all
}

// sameRun tells whether two runs are one, of which a copy may lack seconds or name
// another machine.
func sameRun(a, b Run) bool {
	return a.ConfigHash == b.ConfigHash && a.Seed == b.Seed && a.Status == b.Status && reflect.DeepEqual(a.FinalLoss, b.FinalLoss)
}

// KeepIntervals copies the intervals of an older summary that were resampled from
// windows, for comparisons of the same runs: a summary does not keep the losses of
// windows that it would take to resample them.
func (s *Summary) KeepIntervals(old *Summary) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		at := slices.IndexFunc(old.Comparisons, func(o Comparison) bool { return o.Label() == c.Label() && slices.Equal(o.Seeds, c.Seeds) })
		changed := func(r Run) bool {
			return (r.Label() == s.Baseline || r.Label() == c.Label()) && slices.Contains(c.Seeds, r.Seed) && !old.Has(&r)
		}
		if c.StepsSavedInterval == nil && at >= 0 && s.Baseline == old.Baseline && !slices.ContainsFunc(s.Runs, changed) {
			c.StepsSavedInterval = old.Comparisons[at].StepsSavedInterval
		}
	}
}

// WithoutSeconds is the run without its seconds, which were measured on another
// machine.
func (r Run) WithoutSeconds() Run {
	r.StepSeconds, r.Turns, r.Curve = nil, nil, slices.Clone(r.Curve)
	for i := range r.Curve {
		r.Curve[i].Seconds = 0
	}
	return r
}
