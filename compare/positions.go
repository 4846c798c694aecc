package compare

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// measurePositions adds to finished runs the losses at each position of the windows of
// their final losses. It keeps those that the earlier summary has.
func (s Study) measurePositions(ctx context.Context, dir string, p Plan, jobs []job, results []summary.Result, set *dataset.Set, held *heldOut, watch Watch) error {
	split, starts, err := finalPlaces(p.Config, set, held)
	if err != nil {
		return err
	}
	for i := range results {
		r, path := &results[i], filepath.Join(dir, jobs[i].dir)
		if r.Status != summary.Finished || len(r.PositionLosses) > 0 || !run.Exists(path) {
			continue
		}
		if r.PositionLosses = s.earlierPositions(&r.Run); len(r.PositionLosses) > 0 {
			continue
		}
		m, err := run.OpenModel(path)
		if errors.Is(err, run.ErrNoCheckpoint) {
			watch.leftOut("loss by position", &r.Run, err)
			continue
		}
		if err != nil {
			return &RunError{r.Label(), r.Seed, err}
		}
		all, err := train.TokenLosses(ctx, m.Model, set, split, starts, p.Config.Train.Threads)
		if err != nil {
			return err
		}
		_, r.PositionLosses = train.ByPosition(all)
	}
	return nil
}

// earlierPositions are the losses by position that the earlier summary has of a run.
func (s Study) earlierPositions(r *summary.Run) []float64 {
	if s.Earlier == nil {
		return nil
	}
	at := slices.IndexFunc(s.Earlier.Runs, func(old summary.Run) bool { return old.ConfigHash == r.ConfigHash })
	if at < 0 {
		return nil
	}
	return s.Earlier.Runs[at].PositionLosses
}
