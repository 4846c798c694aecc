package compare

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// knownRuns lists the finished runs of summaries by their configuration hash, which
// covers the data. They need not be trained again, even if their directories are
// gone. Seconds of another machine, or of another number of processes than ranks, are
// left out: they do not compare.
func knownRuns(ranks int, summaries ...*summary.Summary) map[string]summary.Run {
	known := map[string]summary.Run{}
	for _, s := range summaries {
		for _, r := range s.AllRuns() {
			if r.Status != summary.Finished || len(r.ConfigHash) != 64 {
				continue
			}
			here := s.CPU == machine.CPU() && (r.Engine != "" || s.Tier == kernel.Tier()) && max(r.Ranks, 1) == ranks
			if !here || r.Machine != "" && r.Machine != machine.Name() {
				r = r.WithoutSeconds()
			}
			known[r.ConfigHash] = r
		}
	}
	return known
}

// A RunsLostError says that a study would overwrite the summary of an earlier one
// with other runs.
type RunsLostError struct {
	Path     string // of the earlier summary
	Runs     []summary.Run
	Settings []string // that differ: "train.steps = 200, here 1500"
}

func (e *RunsLostError) Error() string {
	settings := ""
	if len(e.Settings) > 0 {
		settings = ", and other settings (" + strings.Join(e.Settings, ", ") + ")"
	}
	return fmt.Sprintf("%s has %s that this comparison leaves out, such as %s, seed %d%s",
		filepath.Dir(e.Path), typeset.Counted(len(e.Runs), "run"), e.Runs[0].Label(), e.Runs[0].Seed, settings)
}

// Resume sets Earlier to the summary in dir, if there is one. The error is a
// [*RunsLostError] if the study, on data with the given hash, would lose runs of
// it.
func (s *Study) Resume(dir, data string) error {
	earlier, err := summary.Read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s.Earlier = earlier
	if err := s.keepsHeldOut(dir); err != nil {
		return err
	}
	lost, err := s.runsLost(data)
	if err == nil && len(lost) > 0 {
		err = &RunsLostError{filepath.Join(dir, summary.FileName), lost, s.otherSettings()}
	}
	return err
}

// otherSettings lists the settings that the earlier comparison had otherwise. Seeds are
// not among them: each run has its own.
func (s *Study) otherSettings() (all []string) {
	earlier := config.Earlier()
	if earlier.Merge("configuration", []byte(s.Earlier.Configuration)) != nil {
		return nil
	}
	plans := s.plans()
	for _, d := range earlier.Diff(plans[len(plans)-1].Config) {
		if config.Decides(d.Key) && d.Key != "train.seed" {
			all = append(all, fmt.Sprintf("%s = %s, here %s", d.Key, d.A, d.B))
		}
	}
	return all
}

// keepsHeldOut refuses to replace a held-out result by one that is exploratory because
// something was added.
func (s *Study) keepsHeldOut(dir string) error {
	if !s.holdOut || s.Earlier.HoldOut == nil {
		return nil
	}
	was := s.Earlier
	if len(s.Seeds) != len(was.Seeds()) || len(s.Variants) != len(was.Labels()) || len(s.plans()) != len(was.Lengths()) ||
		!summary.SamePrimary(s.Primary, was.Primary) {
		return &HeldOutError{filepath.Join(dir, summary.FileName)}
	}
	return nil
}

// A HeldOutError says that a study would replace a held-out result by another one.
type HeldOutError struct{ Path string }

func (e *HeldOutError) Error() string {
	return fmt.Sprintf("%s has a held-out result, and this plan has other seeds, variants, horizons or primary comparisons; with them it would be exploratory: restore the plan, or choose another --out", e.Path)
}

// runsLost lists the runs of the earlier summary that are no part of the study, on
// data with the given hash. Their directories would stay, but not their report.
func (s *Study) runsLost(data string) ([]summary.Run, error) {
	plans := s.plans()
	if s.Sweep != nil {
		earlier := map[string]summary.Run{}
		for _, r := range s.Earlier.AllRuns() {
			earlier[r.ConfigHash] = r
		}
		x, err := s.search(plans, lookUp(data, func(j job) (summary.Run, bool, error) {
			r, ok := earlier[j.hash]
			return r, ok, nil
		}), Watch{})
		if err != nil {
			return nil, err
		}
		plans = nil
		for _, p := range x.plans {
			plans = append(plans, tuned(p, x.earlier))
		}
		for _, r := range x.rounds {
			plans = append(plans, r.Plan)
		}
	}
	asked := map[string]bool{}
	for _, p := range plans {
		jobs, err := p.jobs(data)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			asked[j.hash] = true
		}
	}
	// The runs that confirm and match depend on results.
	rest := *s.Earlier
	if s.Confirm {
		rest.Confirmations = nil
	}
	rest.Matches = slices.DeleteFunc(slices.Clone(rest.Matches), func(m summary.Match) bool { return slices.Contains(s.Match, m.Along) })
	return slices.DeleteFunc(rest.AllRuns(), func(r summary.Run) bool {
		return r.Status == summary.Unfinished || asked[r.ConfigHash]
	}), nil
}

// knows returns the run of a job that only a summary has. A run directory has
// more.
func (x *execution) knows(j job) (summary.Run, bool) {
	known, ok := x.known[j.hash]
	return known, ok && !run.Exists(filepath.Join(x.dir, j.dir))
}

// trained is the trainer of a study. Runs that are known are not trained again.
func trained(ctx context.Context, dir string, set *dataset.Set, known map[string]summary.Run, watch Watch) trainer {
	return func(_ string, plans []Plan) ([][]summary.Result, error) {
		plans = slices.Clone(plans)
		for i := range plans {
			plans[i].Known = known
		}
		results, err := trainPlans(ctx, dir, plans, set, watch)
		for _, own := range results {
			for i := range own {
				own[i].Measure(&set.Header.Entropy.Bigram)
			}
		}
		return results, err
	}
}

// lookUp is a trainer that trains nothing: it finds results.
func lookUp(data string, find func(job) (summary.Run, bool, error)) trainer {
	return func(_ string, plans []Plan) (results [][]summary.Result, err error) {
		for _, p := range plans {
			jobs, err := p.jobs(data)
			if err != nil {
				return nil, err
			}
			var own []summary.Result
			for _, j := range jobs {
				r, ok, err := find(j)
				if err != nil {
					return nil, &RunError{j.Label(), j.seed, err}
				}
				if !ok {
					r = summary.Run{Variant: j.Spec, ConfigHash: j.hash, Status: summary.Unfinished}
				}
				r.Set, r.Tuned, r.Seed, r.Horizon = j.Set, j.Tuned, j.seed, j.config.Train.Steps
				own = append(own, summary.Result{Run: r})
			}
			results = append(results, own)
		}
		return results, nil
	}
}

// nothing finds no run.
func nothing(job) (summary.Run, bool, error) { return summary.Run{}, false, nil }
