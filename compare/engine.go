package compare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// An Event is a step or evaluation of one run of a comparison.
type Event struct {
	Label       string // of the variant
	Seed        uint64
	Dir         string // of the run
	Run, Runs   int    // the number of the run, from 1, and of all runs of the part
	Done, Total int    // steps of all runs of the part
	train.Report
}

// Watch receives the progress of a study. Its functions may be nil.
type Watch struct {
	// Part tells that a part begins. The first word names it, as in
	// "sweeping lr over 3 values".
	Part func(what string)
	// Open tells that a run in a directory is about to train, or is used as it is. It
	// comes before the events of the run once in each call.
	Open    func(o Opened)
	Event   func(Event)
	Warning func(error)
}

// Opened is a run of a comparison that has a directory.
type Opened struct {
	Label string // of the variant
	Seed  uint64
	Hash  string // of its configuration, which names it among all runs of a study
	Dir   string
}

// A RunError is a run of a comparison that cannot be read or resumed.
type RunError struct {
	Label string // of the variant
	Seed  uint64
	Err   error
}

func (e *RunError) Error() string { return fmt.Sprintf("%s, seed %d: %v", e.Label, e.Seed, e.Err) }

func (e *RunError) Unwrap() error { return e.Err }

// trainPlans trains the runs of several plans of the same seeds, such as those of
// the horizons of a study, and returns the results of each. Runs of one seed train
// in turns of some steps each, so that a machine that slows down slows all of them:
// first the trunks, then their branches. When ctx ends, every run is saved and the
// context's error returned; the same call resumes.
func trainPlans(ctx context.Context, dir string, plans []Plan, set *dataset.Set, watch Watch) ([][]summary.Result, error) {
	all, err := jobsOf(plans, set.Header.Hash)
	if err != nil {
		return nil, err
	}
	x := &execution{dir: dir, set: set, watch: watch, known: plans[0].Known, parallel: max(plans[0].Jobs, 1), ranks: plans[0].Ranks, related: slices.Concat(all...)}
	return x.trainJobs(ctx, all)
}

// trainJobs trains jobs, listed by plan, and returns their results by plan.
func (x *execution) trainJobs(ctx context.Context, byPlan [][]job) (results [][]summary.Result, err error) {
	jobs := slices.Concat(byPlan...)
	dir := x.dir
	if err := vfs.MkdirAll(vfs.OS{}, dir); err != nil {
		return nil, err
	}
	lock, err := vfs.LockDir(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	x.jobs = jobs
	if x.turns, err = readTurns(dir); err != nil {
		return nil, err
	}
	x.trunks, _ = stages(jobs)
	for _, j := range jobs {
		x.total += j.trained(x.trunks)
	}
	seeds := seedsOf(jobs)
	for len(seeds) > 0 {
		// The runs of one seed, or of more if that keeps all jobs busy.
		var trunks, branches []job
		for len(seeds) > 0 && len(trunks) < x.parallel {
			own, further := stages(slices.DeleteFunc(slices.Clone(jobs), func(j job) bool { return j.seed != seeds[0] }))
			trunks, branches, seeds = append(trunks, own...), append(branches, further...), seeds[1:]
		}
		for _, together := range [][]job{trunks, branches} {
			if err := x.together(ctx, together); err != nil {
				return nil, err
			}
		}
	}
	results = make([][]summary.Result, len(byPlan))
	for _, j := range jobs {
		result, err := x.result(j)
		if err != nil {
			return nil, &RunError{j.Label(), j.seed, err}
		}
		results[j.plan] = append(results[j.plan], result)
	}
	return results, nil
}

type execution struct {
	dir         string
	set         *dataset.Set
	watch       Watch
	jobs        []job // of all plans
	related     []job // these, and those that other parts of the study train: a run may be a branch of one
	trunks      []job // among them
	begun       int   // jobs
	done, total int
	known       map[string]summary.Run
	parallel    int // runs that train at the same time
	ranks       *train.Ranks
	reporting   sync.Mutex // guards done and watch
	turns       turns
	share       bool // the study is one of several parts, which say where they ran
}

// active is a run in training.
type active struct {
	job
	number int // among the runs of the plan, from 1
	loop   *train.Loop
	over   bool
}

// together trains runs in turns.
func (x *execution) together(ctx context.Context, jobs []job) error {
	var loops []*active
	err := func() error {
		for _, j := range jobs {
			loop, err := x.open(j)
			if err != nil {
				return &RunError{j.Label(), j.seed, err}
			}
			x.opened(j)
			x.begun++
			own := j.trained(x.trunks)
			if loop != nil {
				loops = append(loops, &active{job: j, number: x.begun, loop: loop})
				own -= j.config.Train.Steps - loop.Step()
			}
			x.done += max(own, 0)
		}
		return x.train(ctx, loops)
	}()
	for _, a := range loops {
		err = errors.Join(err, a.loop.Close())
	}
	return err
}

// open opens the loop of a job; nil if the run is over. A run that has not begun
// begins as a branch of another where it can.
func (x *execution) open(j job) (*train.Loop, error) {
	if _, ok := x.knows(j); ok {
		return nil, nil
	}
	dir := filepath.Join(x.dir, j.dir)
	var sources []string
	var points []int
	for i := range x.related {
		if other := &x.related[i]; j.trunk != "" && other.trunk == j.trunk {
			points = append(points, other.branchPoint())
			if other.hash != j.hash {
				sources = append(sources, filepath.Join(x.dir, other.dir))
			}
		}
	}
	if _, _, err := train.Branch(dir, j.config, x.set, sources...); err != nil {
		return nil, err
	}
	r, err := train.Start(dir, j.config, x.set)
	if err != nil {
		return nil, err
	}
	metrics, err := r.Metrics()
	if err != nil {
		return nil, err
	}
	if status(metrics) != summary.Unfinished {
		return nil, nil
	}
	loop, warnings, err := train.OpenOn(x.ranks, r, x.set)
	for _, w := range warnings {
		x.warn(w)
	}
	if err == nil {
		loop.BranchAt(points...)
	}
	return loop, err
}

// train advances the loops in turns until all are over, parallel of them at a
// time.
func (x *execution) train(ctx context.Context, loops []*active) error {
	if len(loops) == 0 {
		return nil
	}
	var dirs []string
	for _, a := range loops {
		dirs = append(dirs, a.dir)
	}
	if err := x.turns.add(x.dir, dirs, x.ranks.Size()); err != nil {
		return err
	}
	for _, a := range loops {
		if !x.turns.sameRanks(a.dir) {
			x.warn(fmt.Errorf("%s, seed %d: it continues with another number of processes, so its seconds are left out", a.Label(), a.seed))
		}
	}
	for left := loops; len(left) > 0; {
		if err := x.turn(ctx, left); err != nil {
			for _, a := range left {
				err = errors.Join(err, a.loop.Save())
			}
			return err
		}
		left = slices.DeleteFunc(slices.Clone(left), func(a *active) bool { return a.over })
	}
	return nil
}

// turn advances each loop to its next regular evaluation.
func (x *execution) turn(ctx context.Context, loops []*active) error {
	failed := make([]error, len(loops))
	free := make(chan struct{}, x.parallel)
	var wait sync.WaitGroup
	for i, a := range loops {
		free <- struct{}{}
		wait.Go(func() {
			failed[i] = x.advance(ctx, a)
			<-free
		})
	}
	wait.Wait()
	return errors.Join(failed...)
}

func (x *execution) advance(ctx context.Context, a *active) error {
	err := a.loop.Advance(ctx, a.loop.Step()+a.config.Train.EvalEvery, func(r train.Report) { x.report(a, r) })
	diverged := errors.Is(err, train.ErrNonFinite)
	if err != nil && !diverged {
		return err
	}
	if diverged {
		x.warn(fmt.Errorf("%s, seed %d: %w", a.Label(), a.seed, err))
		x.reporting.Lock()
		x.done += a.config.Train.Steps - a.loop.Step()
		x.reporting.Unlock()
	}
	a.over = diverged || a.loop.Done()
	return nil
}

// opened tells that the run of a job is open, if it has a directory.
func (x *execution) opened(j job) {
	dir := filepath.Join(x.dir, j.dir)
	if x.watch.Open != nil && run.Exists(dir) {
		x.watch.Open(Opened{j.Label(), j.seed, j.hash, dir})
	}
}

func (x *execution) report(a *active, r train.Report) {
	if r.Warning != nil {
		x.warn(fmt.Errorf("%s, seed %d: %w", a.Label(), a.seed, r.Warning))
		r.Warning = nil
	}
	x.reporting.Lock()
	defer x.reporting.Unlock()
	if r.Loss != nil || r.Skipped {
		x.done++
	}
	if x.watch.Event != nil {
		x.watch.Event(Event{a.Label(), a.seed, filepath.Join(x.dir, a.dir), a.number, len(x.jobs), x.done, x.total, r})
	}
}

func (x *execution) warn(err error) {
	x.reporting.Lock()
	defer x.reporting.Unlock()
	x.watch.warn(err)
}
