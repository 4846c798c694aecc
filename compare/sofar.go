package compare

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// SoFar returns a summary of the runs in dir on a data set, as far as they are trained:
// without comparisons, samples and references. It is nil if no run was evaluated yet.
// earlier is the summary of a comparison that these runs extend, nil if there is none;
// those of its runs whose directories are gone are there too. others counts the runs in
// dir on other data, which are left out.
//
// The names of a plan are not in the directories. A run is named by its mixer and by
// the keys in which the runs differ from each other, train.steps too.
func SoFar(dir string, set *dataset.Set, earlier *summary.Summary) (s *summary.Summary, others int, err error) {
	runs, others, err := runsIn(dir, set.Header.Hash)
	if err != nil || len(runs) == 0 {
		return nil, others, err
	}
	x := &execution{dir: dir, set: set}
	if x.turns, err = readTurns(dir); err != nil {
		return nil, others, err
	}
	var configs []config.Config
	var results, imported []summary.Result
	for _, r := range runs {
		j := job{
			Variant: Variant{Spec: r.Config.Model.Mixer},
			seed:    uint64(r.Config.Train.Seed), config: r.Config, hash: r.Config.Hash(set.Header.Hash), dir: filepath.Base(r.Dir),
		}
		result, err := x.result(j)
		if err != nil {
			return nil, others, &RunError{j.Label(), j.seed, err}
		}
		configs, results = append(configs, r.Config), append(results, result)
	}
	if earlier != nil {
		more, known, curves, err := withoutDirectory(earlier, results)
		if err != nil {
			return nil, others, err
		}
		configs, results, imported = append(configs, more...), append(results, known...), curves
	}
	keys := differing(configs)
	var shown []summary.Result
	for i, r := range results {
		r.Set = map[string]any{}
		for _, d := range configs[i].Diff(config.Config{}) { // all values that are not zero
			if slices.Contains(keys, d.Key) {
				r.Set[d.Key] = parseValue(strings.Trim(d.A, `"`))
			}
		}
		if len(r.Curve) > 0 {
			shown = append(shown, r)
		}
	}
	if shown = append(shown, imported...); len(shown) == 0 {
		return nil, others, nil
	}
	s, err = newSummary(Plan{Config: runs[0].Config}, set, shown, nil, nil, "")
	if err != nil {
		return nil, others, err
	}
	s.Comparisons = nil
	return s, others, nil
}

// withoutDirectory returns the compared runs of a summary that are not among those with
// a directory, with their configurations and without their names, and imported curves.
func withoutDirectory(s *summary.Summary, there []summary.Result) (configs []config.Config, results, imported []summary.Result, err error) {
	base := config.Earlier()
	if err := base.Merge("configuration", []byte(s.Configuration)); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", summary.FileName, err)
	}
	for _, r := range slices.Concat(s.Runs, s.Shorter) {
		if slices.ContainsFunc(there, func(other summary.Result) bool { return other.ConfigHash == r.ConfigHash }) {
			continue
		}
		if r.Source != "" {
			imported = append(imported, summary.Result{Run: r})
			continue
		}
		c, err := Variant{Spec: r.Variant, Set: r.Set, Tuned: r.Tuned}.Configure(AtHorizon(base, r.Horizon))
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %s, seed %d: %w", summary.FileName, r.Label(), r.Seed, err)
		}
		r.Name, r.Tuned, r.Horizon = "", nil, 0
		configs, results = append(configs, c), append(results, summary.Result{Run: r})
	}
	return configs, results, imported, nil
}

// Extended reports whether a run in dir began or got on after a time, that of s, and is
// not one of the runs that s has as over. A comparison that is extended has such runs
// until its new summary is written.
func Extended(dir string, s *summary.Summary, after time.Time) (bool, error) {
	var over []string // hashes
	for _, r := range s.AllRuns() {
		if r.Status != summary.Unfinished {
			over = append(over, r.ConfigHash)
		}
	}
	logs, err := fs.Glob(os.DirFS(dir), "*/"+run.MetricsFile)
	if err != nil {
		return false, err
	}
	for _, name := range logs {
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		if strings.HasPrefix(name, ".") || err != nil || !info.ModTime().After(after) {
			continue
		}
		r, err := run.Open(filepath.Dir(path))
		if err != nil {
			return false, err
		}
		if !slices.Contains(over, r.Config.Hash(r.Config.Data.Hash)) {
			return true, nil
		}
	}
	return false, nil
}

// runsIn opens the runs in dir on data of a hash, in the order of their names, and
// counts those on others.
func runsIn(dir, data string) (runs []*run.Run, others int, err error) {
	all, err := allRunsIn(dir)
	for _, r := range all {
		if r.Config.Data.Hash == data {
			runs = append(runs, r)
		} else {
			others++
		}
	}
	return runs, others, err
}

// allRunsIn opens the runs in dir in the order of their names.
func allRunsIn(dir string) (runs []*run.Run, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || !run.Exists(path) { // a branch that is being copied has a hidden name
			continue
		}
		r, err := run.Open(path)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// LeftOut names the directories of runs in dir that are not in a summary: what an
// unfinished comparison with other settings left there.
func LeftOut(dir string, s *summary.Summary) (names []string, err error) {
	known := map[string]bool{}
	for _, r := range s.AllRuns() {
		known[r.ConfigHash] = true
	}
	runs, err := allRunsIn(dir)
	for _, r := range runs {
		if !known[r.Config.Hash(r.Config.Data.Hash)] {
			names = append(names, filepath.Base(r.Dir))
		}
	}
	return names, err
}

// differing lists the keys in which runs differ, but for the mixer, the seed, the data
// and what changes no result.
func differing(configs []config.Config) (keys []string) {
	first := configs[0]
	for _, c := range configs {
		c.Model.Mixer, c.Train.Seed = first.Model.Mixer, first.Train.Seed
		for _, d := range c.Diff(first) {
			if config.Decides(d.Key) && !slices.Contains(keys, d.Key) {
				keys = append(keys, d.Key)
			}
		}
	}
	return keys
}
