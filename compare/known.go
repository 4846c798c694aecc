package compare

import (
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// KnownRuns lists the finished runs of summaries by their configuration hash, which
// covers the data. They need not be trained again, even if their directories are
// gone. Seconds of another machine are left out: they do not compare.
func KnownRuns(summaries ...*summary.Summary) map[string]summary.Run {
	known := map[string]summary.Run{}
	for _, s := range summaries {
		here := s.CPU == machine.CPU() && s.Tier == kernel.Tier()
		for _, r := range s.AllRuns() {
			if r.Status != summary.Finished || len(r.ConfigHash) != 64 {
				continue
			}
			if !here {
				r = r.WithoutSeconds()
			}
			known[r.ConfigHash] = r
		}
	}
	return known
}

// RunsLost lists the finished runs that the summary of the study would drop: those
// of the earlier summary that are neither part of the study, on data with the given
// hash, nor in a directory below dir.
func (s Study) RunsLost(dir, data string) ([]summary.Run, error) {
	if s.Earlier == nil {
		return nil, nil
	}
	p, err := s.Plan.canonical()
	if err != nil {
		return nil, err
	}
	p.Variants = tuned(p.Variants, s.Sweep, s.Earlier)
	plans := []Plan{p}
	if s.Sweep != nil {
		swept, err := s.Sweep.plan(s.Plan)
		if err != nil {
			return nil, err
		}
		plans = append(plans, swept)
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
		return r.Status != summary.Finished || r.ConfigHash == "" || asked[r.ConfigHash] ||
			run.Exists(filepath.Join(dir, runDir(r.Variant, r.Seed, r.ConfigHash)))
	}), nil
}

// knows returns the run of a job that only a summary has. A run directory has
// more.
func (x *execution) knows(j job) (summary.Run, bool) {
	known, ok := x.known[j.hash]
	return known, ok && !run.Exists(filepath.Join(x.dir, j.dir))
}
