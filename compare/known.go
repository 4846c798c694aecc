package compare

import (
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/run"
)

// Known lists the finished runs of summaries by their configuration hash, which
// counts the data too. A summary without its runs is enough not to train them
// again. Seconds of another machine are left out: they compare with nothing here.
func Known(summaries ...*Summary) map[string]Run {
	known := map[string]Run{}
	for _, s := range summaries {
		here := s.CPU == machine.CPU() && s.Tier == kernel.Tier()
		for _, r := range s.everyRun() {
			if r.Status != Finished || len(r.ConfigHash) != 64 {
				continue
			}
			if !here {
				r = r.withoutSeconds()
			}
			known[r.ConfigHash] = r
		}
	}
	return known
}

// Forgets lists the finished runs of the earlier summary that the study does not
// ask for and of which dir, for data of a hash, has nothing else: after it they
// would be gone.
func (s Study) Forgets(dir, data string) ([]Run, error) {
	if s.Earlier == nil {
		return nil, nil
	}
	p, err := s.Plan.canonical()
	if err != nil {
		return nil, err
	}
	p.Variants = s.Earlier.tuned(s.Sweep, p.Variants)
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
	// Which runs confirm and match only results say.
	rest := *s.Earlier
	if s.Confirm {
		rest.Confirmations = nil
	}
	rest.Matches = slices.DeleteFunc(slices.Clone(rest.Matches), func(m Match) bool { return slices.Contains(s.Match, m.Along) })
	return slices.DeleteFunc(rest.everyRun(), func(r Run) bool {
		return r.Status != Finished || r.ConfigHash == "" || asked[r.ConfigHash] ||
			run.Exists(filepath.Join(dir, runDir(r.Variant, r.Seed, r.ConfigHash)))
	}), nil
}

// knows returns the run of a job where only a summary has it: a run directory
// has more.
func (x *execution) knows(j job) (Run, bool) {
	known, ok := x.known[j.hash]
	return known, ok && !run.Exists(filepath.Join(x.dir, j.dir))
}
