package compare

import (
	"path/filepath"

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

// knows returns the run of a job where only a summary has it: a run directory
// has more.
func (x *execution) knows(j job) (Run, bool) {
	known, ok := x.known[j.hash]
	return known, ok && !run.Exists(filepath.Join(x.dir, j.dir))
}
