package compare

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
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
		steps := p.Config.Train.Steps
		if s.Sweep != nil {
			for _, v := range p.Variants {
				if !explored.Sweep.Tried(v.Label(), steps) {
					return s, fmt.Errorf("the sweep has tried nothing for %s at %s; run the comparison with this plan first, without --holdout", v.Label(), typeset.Counted(steps, "step"))
				}
			}
			p = tuned(p, explored.Sweep)
		}
		chosen[steps] = p.Variants
	}
	if explored != nil {
		plans := s.plans()
		if err := plans[len(plans)-1].continues(explored); err != nil {
			return s, err
		}
		s.exploredOn = explored.Data.Hash
		for _, r := range explored.AllRuns() {
			if slices.Contains(seeds, r.Seed) {
				return s, fmt.Errorf("seed %d has been trained already, by %s; name other seeds in seeds.holdout", r.Seed, r.Label())
			}
		}
	}
	if explored != nil && !summary.SamePrimary(explored.Primary, s.Primary) {
		return s, errors.New("the plan names other primary comparisons than the comparison that was run; restore them, or run the comparison again, which records the change")
	}
	s.Seeds, s.Sweep, s.Confirm, s.Match, s.Probe = seeds, nil, false, nil, false
	s.chosen, s.holdOut, s.Held, s.Earlier = chosen, true, 0, nil
	return s, s.Validate()
}

// continues checks that a plan, that of the longest horizon, has the settings with which
// explored was run: what was chosen there was chosen for them.
func (p Plan) continues(explored *summary.Summary) error {
	const done = "restore it, or run the comparison with this plan first, without --holdout"
	was := config.Earlier()
	if err := was.Merge("configuration", []byte(explored.Configuration)); err != nil {
		return fmt.Errorf("the configuration of the comparison cannot be read: %w", err)
	}
	if a, b := was.Eval.Final(), p.Config.Eval.Final(); a != b {
		return fmt.Errorf("the comparison measured final losses on %s, and this plan does on %d; %s", typeset.Counted(a, "window"), b, done)
	}
	for _, d := range was.Diff(p.Config) {
		if config.Decides(d.Key) && d.Key != "train.seed" && d.Key != "model.mixer" { // each run has its own
			return fmt.Errorf("the comparison has %s = %s, and this plan %s; %s", d.Key, d.A, d.B, done)
		}
	}
	return nil
}

// heldOut is a hold-out evaluation and the places of its windows.
type heldOut struct {
	summary.HoldOut
	starts []int64
}

// unused returns the windows of the test split that the study has not evaluated.
func (s Study) unused(c config.Config, set *dataset.Set) ([]int64, error) {
	if set.Header.Splits.Test.Length == 0 {
		return nil, nil
	}
	return set.Unused(dataset.Test, c.Eval.Final(), finalCount(c), c.Model.Context+1)
}

// finalCount is the number of windows of a hold-out evaluation.
func finalCount(c config.Config) int {
	if c.Eval.FinalWindows > 0 {
		return c.Eval.FinalWindows
	}
	return holdOutWindows
}

// openHoldOut returns the hold-out evaluation of a study, empty where no data is left
// that nobody has looked at.
func (s Study) openHoldOut(plans []Plan, set *dataset.Set) (h *heldOut, err error) {
	c := plans[len(plans)-1].Config
	h = &heldOut{}
	if set.Header.Splits.Holdout.Length == 0 {
		if h.starts, err = s.unused(c, set); err != nil || len(h.starts) == 0 {
			return h, err
		}
		h.HoldOut = summary.HoldOut{Split: dataset.Test, Windows: len(h.starts), Opened: time.Now().UTC().Truncate(time.Second)}
		if s.Earlier != nil && s.Earlier.HoldOut != nil {
			h.Opened = s.Earlier.HoldOut.Opened
		}
		return h, nil
	}
	by, err := s.identity(plans)
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
	if h.starts, err = set.Windows(dataset.Holdout, finalCount(c), c.Model.Context+1); err != nil {
		return nil, err
	}
	h.HoldOut = summary.HoldOut{Split: dataset.Holdout, Windows: len(h.starts), Opened: openings[len(before)].Time, Before: len(before)}
	return h, nil
}

// CheckHoldOut warns, before anything is trained, that nothing is held out or will be left
// for the hold-out of the plan, or that other studies have opened the hold-out. Other data
// than that of the comparison is an error.
func (s Study) CheckHoldOut(set *dataset.Set, watch Watch) error {
	if s.exploredOn != "" && s.exploredOn != set.Header.Hash {
		return fmt.Errorf("the comparison was run on data %.12s, and this is %.12s; name the data of the comparison, or run it on this data first, without --holdout", s.exploredOn, set.Header.Hash)
	}
	plans := s.plans()
	switch {
	case !s.holdOut && s.Held == 0:
		return nil
	case set.Header.Splits.Holdout.Length == 0:
		return s.checkUnused(plans[len(plans)-1].Config, set, watch)
	case !s.holdOut:
		return nil
	}
	by, err := s.identity(plans)
	if err != nil {
		return err
	}
	openings, err := set.Openings()
	if err != nil {
		return err
	}
	others := 0
	for _, o := range openings {
		if o.By == by {
			return nil // what came later does not count
		}
		others++
	}
	if others > 0 {
		watch.warn(fmt.Errorf("the hold-out of this data has been opened by %s, so this comparison is exploratory", typeset.Counted(others, "other study")))
	}
	return nil
}

// checkUnused warns that no window of the test split is left for a hold-out, and says what
// can still be done.
func (s Study) checkUnused(c config.Config, set *dataset.Set, watch Watch) error {
	starts, err := s.unused(c, set)
	if err != nil || len(starts) > 0 {
		return err
	}
	remedy := "prepare the data with a hold-out: data prepare --holdout 0.05"
	if test := set.Header.Splits.Test; s.exploredOn == "" && test.Length > 0 { // what was explored has its number of windows
		all, err := set.Windows(dataset.Test, int(test.Length), c.Model.Context+1)
		if err != nil {
			return err
		}
		if half := len(all) / 2; half > 0 {
			remedy = fmt.Sprintf("set eval.final_windows=%d, half of the split, or %s", half, remedy)
		}
	}
	what := "no window of the test split is left that was not evaluated, so nothing is held out but the seeds and the verdict is exploratory"
	if !s.holdOut {
		what = "no window of the test split will be left for --holdout, so its verdict will be exploratory"
	}
	watch.warn(fmt.Errorf("%s; %s", what, remedy))
	return nil
}

// identity is the hash of what a study trains, the configurations of its runs, and of
// its primary comparisons; for a plan of several parts that of the whole plan.
func (s Study) identity(plans []Plan) (string, error) {
	if s.Together != "" {
		return s.Together, nil
	}
	sum := sha256.New()
	for _, p := range plans {
		fmt.Fprintf(sum, "%q\n", p.Primary)
		jobs, err := p.jobs("")
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
func (s Study) measureHoldOut(ctx context.Context, dir string, plans []Plan, jobs [][]job, all [][]summary.Result, set *dataset.Set, watch Watch) (*heldOut, error) {
	h, err := s.openHoldOut(plans, set)
	if err != nil {
		return nil, err
	}
	if h.Windows == 0 {
		return h, nil
	}
	watch.part("measuring the final losses on %s of the %s split", typeset.Counted(h.Windows, "window"), h.Split)
	for i, p := range plans {
		for k := range all[i] {
			r, path := &all[i][k], filepath.Join(dir, jobs[i][k].dir)
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
				r.WindowLosses = append(r.WindowLosses, windowLoss(loss))
			}
		}
	}
	return h, nil
}

// Together names studies that are parts of one plan, so that one of them does not
// count as another study for the hold-out of their data.
func Together(studies []Study) (string, error) {
	sum := sha256.New()
	for _, s := range studies {
		s.Together = ""
		part, err := s.identity(s.plans())
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, part)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
