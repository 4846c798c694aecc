package compare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

// An Event is a step or evaluation of one run of a comparison.
type Event struct {
	Label       string // of the variant
	Seed        uint64
	Done, Total int // steps of all runs
	train.Report
}

// Watch is told how a comparison goes. Its functions may be nil.
type Watch struct {
	Event   func(Event)
	Warning func(error)
}

// Execute trains what a plan asks for and is not there yet, in directories
// below dir, and returns what all runs came to. Runs of one seed are trained in
// turns of some steps each, so that a machine that slows down slows all of
// them. When ctx ends every run is saved and the context's error returned; the
// same call goes on from there.
func Execute(ctx context.Context, dir string, p Plan, set *dataset.Set, watch Watch) ([]Result, error) {
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil {
		return nil, err
	}
	x := &execution{dir: dir, set: set, watch: watch}
	for _, j := range jobs {
		x.total += j.config.Train.Steps
	}
	for len(jobs) > 0 {
		n := 1
		for n < len(jobs) && jobs[n].seed == jobs[0].seed {
			n++
		}
		if err := x.seed(ctx, jobs[:n]); err != nil {
			return nil, err
		}
		jobs = jobs[n:]
	}
	return x.results, nil
}

type execution struct {
	dir         string
	set         *dataset.Set
	watch       Watch
	done, total int
	results     []Result
}

// active is a run that is being trained.
type active struct {
	job
	loop *train.Loop
	over bool
}

// seed trains the runs of one seed and appends their results.
func (x *execution) seed(ctx context.Context, jobs []job) error {
	var loops []*active
	err := func() error {
		for _, j := range jobs {
			loop, err := x.open(j)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", Label(j.Spec, j.Set), j.seed, err)
			}
			if loop != nil {
				loops = append(loops, &active{job: j, loop: loop})
				x.done += loop.Step()
			} else {
				x.done += j.config.Train.Steps
			}
		}
		return x.train(ctx, loops)
	}()
	for _, a := range loops {
		err = errors.Join(err, a.loop.Close())
	}
	if err != nil {
		return err
	}
	for _, j := range jobs {
		result, err := x.result(j)
		if err != nil {
			return fmt.Errorf("%s, seed %d: %w", Label(j.Spec, j.Set), j.seed, err)
		}
		x.results = append(x.results, result)
	}
	return nil
}

// open opens the loop of a job; nil where the run is over.
func (x *execution) open(j job) (*train.Loop, error) {
	r, err := x.openRun(j)
	if err != nil {
		return nil, err
	}
	metrics, err := r.Metrics()
	if err != nil {
		return nil, err
	}
	if status(metrics) != Unfinished {
		return nil, nil
	}
	loop, warnings, err := train.Open(r, x.set)
	for _, w := range warnings {
		x.warn(w)
	}
	return loop, err
}

func (x *execution) openRun(j job) (*run.Run, error) {
	dir := filepath.Join(x.dir, j.dir)
	if !run.Exists(dir) {
		return run.Create(dir, j.config, x.set.Codec)
	}
	r, err := run.Open(dir)
	if err != nil {
		return nil, err
	}
	if hash := r.Config.Hash(x.set.Header.Hash); hash != j.hash {
		return nil, fmt.Errorf("%s has another configuration (%.12s, not %.12s); remove it or choose another --out", dir, hash, j.hash)
	}
	return r, nil
}

// train advances the loops in turns until all are over.
func (x *execution) train(ctx context.Context, loops []*active) error {
	for left := len(loops); left > 0; {
		for _, a := range loops {
			if a.over {
				continue
			}
			err := a.loop.Advance(ctx, a.loop.Step()+a.config.Train.EvalEvery, func(r train.Report) { x.report(a, r) })
			diverged := errors.Is(err, train.ErrNonFinite)
			if err != nil && !diverged {
				for _, other := range loops {
					err = errors.Join(err, other.loop.Save())
				}
				return err
			}
			if diverged {
				x.warn(fmt.Errorf("%s, seed %d: %w", Label(a.Spec, a.Set), a.seed, err))
				x.done += a.config.Train.Steps - a.loop.Step()
			}
			if a.over = diverged || a.loop.Done(); a.over {
				left--
			}
		}
	}
	return nil
}

func (x *execution) report(a *active, r train.Report) {
	if r.Loss != nil {
		x.done++
	}
	if x.watch.Event != nil {
		x.watch.Event(Event{Label(a.Spec, a.Set), a.seed, x.done, x.total, r})
	}
}

func (x *execution) warn(err error) {
	if x.watch.Warning != nil {
		x.watch.Warning(err)
	}
}
