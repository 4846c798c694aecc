package compare

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// holdOutWindows is the number of windows of a hold-out evaluation if
// eval.final_windows does not say it.
const holdOutWindows = 2000

// HoldOut returns the study that trains the same variants with seeds that nobody has
// looked at, and measures their final losses on data that nobody has looked at: the
// hold-out of a set, or windows of the test split that no evaluation has used. What a
// sweep chose is frozen: explored is the summary that has it, nil if the study has no
// sweep. It must have no run with one of the seeds.
func (s Study) HoldOut(seeds []uint64, explored *summary.Summary) (Study, error) {
	if s.Sweep != nil && (explored == nil || !s.Sweep.isSameAs(explored.Sweep)) {
		return s, errors.New("the sweep has chosen nothing yet; run the comparison without --holdout first")
	}
	chosen := map[int][]Variant{}
	for _, p := range s.plans() {
		if s.Sweep != nil {
			p = tuned(p, explored.Sweep)
		}
		chosen[p.Config.Train.Steps] = p.Variants
	}
	if explored != nil {
		for _, r := range explored.AllRuns() {
			if slices.Contains(seeds, r.Seed) {
				return s, fmt.Errorf("seed %d has been trained already, by %s; name other seeds in seeds.holdout", r.Seed, r.Label())
			}
		}
	}
	s.Seeds, s.Sweep, s.Confirm, s.Match, s.Probe = seeds, nil, false, nil, false
	s.chosen, s.holdOut = chosen, true
	return s, s.Validate()
}

// heldOut is a hold-out evaluation and the places of its windows.
type heldOut struct {
	summary.HoldOut
	starts []int64
}

// openHoldOut returns the hold-out evaluation of a study, nil where no data is left
// that nobody has looked at.
func (s Study) openHoldOut(plans []Plan, set *dataset.Set) (h *heldOut, err error) {
	c := plans[len(plans)-1].Config
	n, length := c.Eval.FinalWindows, c.Model.Context+1
	if n == 0 {
		n = holdOutWindows
	}
	h = &heldOut{}
	if set.Header.Splits.Holdout.Length == 0 {
		used := max(c.Eval.Windows, c.Eval.FinalWindows)
		if h.starts, err = set.Unused(dataset.Test, used, n, length); err != nil || len(h.starts) == 0 {
			return nil, err
		}
		h.HoldOut = summary.HoldOut{Split: dataset.Test, Windows: len(h.starts), Opened: time.Now().UTC().Truncate(time.Second)}
		if s.Earlier != nil && s.Earlier.HoldOut != nil {
			h.Opened = s.Earlier.HoldOut.Opened
		}
		return h, nil
	}
	by, err := identity(plans, set.Header.Hash)
	if err != nil {
		return nil, err
	}
	before, err := set.OpenHoldout(by)
	if err != nil {
		return nil, err
	}
	openings, err := set.Openings()
	if err != nil {
		return nil, err
	}
	if h.starts, err = set.Windows(dataset.Holdout, n, length); err != nil {
		return nil, err
	}
	h.HoldOut = summary.HoldOut{Split: dataset.Holdout, Windows: len(h.starts), Opened: openings[len(before)].Time, Before: len(before)}
	return h, nil
}

// identity is the hash of what a study trains: of the configurations of its runs.
func identity(plans []Plan, data string) (string, error) {
	sum := sha256.New()
	for _, p := range plans {
		jobs, err := p.jobs(data)
		if err != nil {
			return "", err
		}
		for _, j := range jobs {
			fmt.Fprintln(sum, j.hash)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// measureHoldOut replaces the final losses of finished runs by those on the hold-out.
// Runs that only an earlier summary has keep what it says.
func (s Study) measureHoldOut(ctx context.Context, dir string, plans []Plan, all [][]summary.Result, set *dataset.Set, watch Watch) (*heldOut, error) {
	h, err := s.openHoldOut(plans, set)
	if err != nil {
		return nil, err
	}
	if h == nil {
		watch.warn(errors.New("every window of the test split has been evaluated, so nothing is held out and the verdict is exploratory; prepare the data with a hold-out: data prepare --holdout 0.05"))
		return nil, nil
	}
	watch.part("measuring the final losses on %s of the %s split", typeset.Counted(h.Windows, "window"), h.Split)
	for i, p := range plans {
		jobs, err := p.jobs(set.Header.Hash)
		if err != nil {
			return nil, err
		}
		for k := range all[i] {
			r, path := &all[i][k], filepath.Join(dir, jobs[k].dir)
			if r.Status != summary.Finished || !run.Exists(path) {
				continue
			}
			m, err := run.OpenModel(path)
			if err != nil {
				return nil, &RunError{r.Label(), r.Seed, err}
			}
			losses, tokens, err := train.EvaluateAt(ctx, m.Model, set, h.Split, h.starts, p.Config.Train.Threads)
			if err != nil {
				return nil, err
			}
			final := train.Mean(losses, tokens)
			r.FinalLoss, r.FinalWindows, r.WindowLosses = &final, len(losses), nil
			for _, loss := range losses {
				r.WindowLosses = append(r.WindowLosses, float64(loss))
			}
		}
	}
	return h, nil
}
