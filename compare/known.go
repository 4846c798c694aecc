package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// knownRuns lists the finished runs of summaries by their configuration hash, which
// covers the data. They need not be trained again, even if their directories are
// gone. Seconds of another machine are left out: they do not compare.
func knownRuns(summaries ...*summary.Summary) map[string]summary.Run {
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

// A RunsLostError says that a study would overwrite the summary of an earlier one
// with other runs.
type RunsLostError struct {
	Path string // of the earlier summary
	Runs []summary.Run
}

func (e *RunsLostError) Error() string {
	return fmt.Sprintf("%s has %s that this comparison leaves out, such as %s, seed %d; add them to it, or choose another directory",
		e.Path, typeset.Counted(len(e.Runs), "run"), e.Runs[0].Label(), e.Runs[0].Seed)
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
	lost, err := s.runsLost(data)
	if err == nil && len(lost) > 0 {
		err = &RunsLostError{filepath.Join(dir, summary.FileName), lost}
	}
	return err
}

// runsLost lists the runs of the earlier summary that are no part of the study, on
// data with the given hash. Their directories would stay, but not their report.
func (s *Study) runsLost(data string) ([]summary.Run, error) {
	plans := s.plans()
	for i, p := range plans {
		plans[i].Variants = tuned(p.Variants, p.Config.Train.Steps, s.Sweep, s.Earlier)
		if s.Sweep == nil {
			continue
		}
		swept, err := s.Sweep.plan(p)
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
		return r.Status == summary.Unfinished || asked[r.ConfigHash]
	}), nil
}

// knows returns the run of a job that only a summary has. A run directory has
// more.
func (x *execution) knows(j job) (summary.Run, bool) {
	known, ok := x.known[j.hash]
	return known, ok && !run.Exists(filepath.Join(x.dir, j.dir))
}
