package compare

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// SoFar returns a summary of the runs in dir on a data set, as far as they are trained:
// without comparisons, samples and references. It is nil if no run was evaluated yet.
//
// The names of a plan are not in the directories. A run is named by its mixer and by
// the keys in which the runs differ from each other, train.steps too.
func SoFar(dir string, set *dataset.Set) (*summary.Summary, error) {
	runs, err := runsIn(dir, set.Header.Hash)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	keys := differing(runs)
	x := &execution{dir: dir, set: set}
	if x.turns, err = readTurns(dir); err != nil {
		return nil, err
	}
	var results []summary.Result
	for _, r := range runs {
		j := job{
			Variant: Variant{Spec: r.Config.Model.Mixer, Set: map[string]any{}},
			seed:    uint64(r.Config.Train.Seed), config: r.Config, hash: r.Config.Hash(set.Header.Hash), dir: filepath.Base(r.Dir),
		}
		for _, d := range r.Config.Diff(config.Config{}) { // all values that are not zero
			if slices.Contains(keys, d.Key) {
				j.Set[d.Key] = parseValue(strings.Trim(d.A, `"`))
			}
		}
		result, err := x.result(j)
		if err != nil {
			return nil, &RunError{j.Label(), j.seed, err}
		}
		if len(result.Curve) > 0 {
			results = append(results, result)
		}
	}
	if len(results) == 0 {
		return nil, nil
	}
	s, err := newSummary(Plan{Config: runs[0].Config}, set, results, nil, nil, "")
	if err != nil {
		return nil, err
	}
	s.Comparisons = nil
	return s, nil
}

// runsIn opens the runs in dir on data of a hash, in the order of their names.
func runsIn(dir, data string) (runs []*run.Run, err error) {
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
		if r.Config.Data.Hash == data {
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// differing lists the keys in which runs differ, but for the mixer, the seed, the data
// and what changes no result.
func differing(runs []*run.Run) (keys []string) {
	first := runs[0].Config
	for _, r := range runs {
		c := r.Config
		c.Data, c.Model.Mixer, c.Train.Seed = first.Data, first.Model.Mixer, first.Train.Seed
		c.Train.Threads, c.Train.SaveEvery, c.Train.Keep, c.Train.OnFullDisk = first.Train.Threads, first.Train.SaveEvery, first.Train.Keep, first.Train.OnFullDisk
		for _, d := range c.Diff(first) {
			if !slices.Contains(keys, d.Key) {
				keys = append(keys, d.Key)
			}
		}
	}
	return keys
}
