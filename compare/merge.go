package compare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// Merge puts summaries of the same measurement together: the same data, windows
// and configuration, so that one has more seeds or variants than the other. They
// are compared anew. Curves from elsewhere join the summary before them. What is
// left is one summary for each measurement, in their order.
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
			own.Runs = slices.Clone(s.Runs)
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
		for _, r := range m.Runs {
			results = append(results, Result{Run: r})
		}
		old := *m
		if err := m.Compare(results); err != nil {
			return nil, err
		}
		m.keepIntervals(&old)
		m.say()
	}
	return merged, nil
}

// imported tells whether the summary has nothing but curves from elsewhere.
func (s *Summary) imported() bool {
	return len(s.Runs) > 0 && !slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Source == "" })
}

func (s *Summary) sameMeasurement(other *Summary) bool {
	return s.Data.Hash != "" && s.Data.Hash == other.Data.Hash && s.Windows == other.Windows && s.setting() == other.setting()
}

// setting names the configuration without what its runs have of their own.
func (s *Summary) setting() string {
	c := config.Earlier()
	if err := c.Merge("configuration", []byte(s.Configuration)); err != nil {
		return s.Configuration
	}
	c.Train.Seed, c.Model.Mixer = 0, ""
	return c.Hash("")
}

// join takes up the runs of another summary that are not there yet.
func (s *Summary) join(other *Summary) error {
	if other.Data.Unit != s.Data.Unit && other.Data.Unit != "token" {
		return fmt.Errorf("%s counts losses per %s, %s per %s; they compare with nothing", other.Data.Name, other.Data.Unit, s.Data.Name, s.Data.Unit)
	}
	here := s.CPU == other.CPU && s.Tier == other.Tier
	for _, r := range other.Runs {
		if !here && !other.imported() {
			r = r.withoutSeconds()
		}
		at := slices.IndexFunc(s.Runs, func(own Run) bool { return own.Label() == r.Label() && own.Seed == r.Seed })
		switch {
		case at >= 0 && (r.ConfigHash == "" || s.Runs[at].ConfigHash != r.ConfigHash):
			return fmt.Errorf("two different runs are called %s with seed %d; give one of the variants a name", r.Label(), r.Seed)
		case at >= 0:
			if s.Runs[at].Status != Finished {
				s.Runs[at] = r
			}
		default:
			s.Runs = append(s.Runs, r)
		}
	}
	if !slices.Contains(strings.Split(s.Command, "\n"), other.Command) {
		s.Command += "\n" + other.Command
	}
	for _, sample := range other.Samples {
		if !slices.ContainsFunc(s.Samples, func(own Sample) bool { return own.Label() == sample.Label() }) {
			s.Samples = append(slices.Clip(s.Samples), sample)
		}
	}
	if s.Sweep == nil {
		s.Sweep = other.Sweep
	}
	s.Confirmations = union(s.Confirmations, other.Confirmations)
	s.Matches = union(s.Matches, other.Matches)
	s.Probes = union(s.Probes, other.Probes)
	return nil
}

// union is a and what of b is not in it.
func union[T any](a, b []T) []T {
	all := slices.Clip(a)
	for _, x := range b {
		if !slices.ContainsFunc(a, func(own T) bool { return reflect.DeepEqual(own, x) }) {
			all = append(all, x)
		}
	}
	return all
}

// keepIntervals gives comparisons of the same runs as before the intervals that
// were resampled from windows: a summary has not these losses.
func (s *Summary) keepIntervals(old *Summary) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		at := slices.IndexFunc(old.Comparisons, func(o Comparison) bool { return o.Label() == c.Label() && slices.Equal(o.Seeds, c.Seeds) })
		another := func(r Run) bool {
			return (r.Label() == s.Baseline || r.Label() == c.Label()) && slices.Contains(c.Seeds, r.Seed) && !old.has(&r)
		}
		if c.StepsSavedInterval == nil && at >= 0 && s.Baseline == old.Baseline && !slices.ContainsFunc(s.Runs, another) {
			c.StepsSavedInterval = old.Comparisons[at].StepsSavedInterval
		}
	}
}

// withoutSeconds is a run less what was measured on another machine.
func (r Run) withoutSeconds() Run {
	r.StepSeconds, r.Turns, r.Curve = nil, nil, slices.Clone(r.Curve)
	for i := range r.Curve {
		r.Curve[i].Seconds = 0
	}
	return r
}
