package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Measure estimates how long a step of a configuration takes on this machine, by steps
// with one sequence for each thread: a gradient once for each round of sequences, and an
// update. It returns early, between two steps, when ctx ends.
func Measure(ctx context.Context, c config.Config, vocabulary int) (time.Duration, error) {
	if c.Train.Engine == "torch" {
		return measureTorch(ctx, c, vocabulary)
	}
	sequences := c.Train.Batch * c.Train.Accumulate
	c.Train.Threads = threadCount(c.Train.Threads)
	measured := min(sequences, c.Train.Threads, c.Train.Lanes)
	c.Train.Batch, c.Train.Accumulate = measured, 1
	s, err := NewStepper(c, vocabulary)
	if err != nil {
		return 0, err
	}
	s.Step(measured) // the first one is slower
	took := leastTime(ctx, func() time.Duration {
		start := time.Now()
		loss := s.engine.gradient(s.step, s.windows)
		gradient := time.Since(start)
		s.engine.update(s.step, loss)
		update := time.Since(start) - gradient
		return gradient*time.Duration((sequences+measured-1)/measured) + update
	})
	return took, ctx.Err()
}

// leastTime is the least of several times, because other work on the machine only adds to
// them: at least two, and as many as a tenth of a second holds.
func leastTime(ctx context.Context, timed func() time.Duration) (took time.Duration) {
	begin := time.Now()
	for n := 0; ctx.Err() == nil && (n < 2 || time.Since(begin) < time.Second/10); n++ {
		if t := timed(); n == 0 || t < took {
			took = t
		}
	}
	return took
}

// measureTorch is Measure of whole steps by PyTorch. It takes the least of a few, because
// a device or a compiler may prepare itself in the first ones.
func measureTorch(ctx context.Context, c config.Config, vocabulary int) (took time.Duration, err error) {
	_, err = StepsByTorch(ctx, c, vocabulary, func(step int, t time.Duration) bool {
		if step == 1 || t < took {
			took = t
		}
		return step < 4
	})
	return took, err
}

// StepsByTorch takes training steps on random tokens by PyTorch, without a run directory,
// as long as timed, which gets the number and the time of each, asks for more. It returns
// the versions and the device of PyTorch.
func StepsByTorch(ctx context.Context, c config.Config, vocabulary int, timed func(step int, took time.Duration) (more bool)) (engine string, err error) {
	model, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: vocabulary})
	if err != nil {
		return "", err
	}
	model.Init(uint64(c.Train.Seed))
	e, err := newInTorch(c.Train, model)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.load(0); err != nil {
		return "", err
	}
	windows := make([][]uint16, c.Train.Batch*c.Train.Accumulate)
	for i := range windows {
		windows[i] = randomWindow(c, i, vocabulary)
	}
	for step := 1; ; step++ {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		start := time.Now()
		r, err := e.step(min(step, c.Train.Steps), windows)
		if err == nil && r.nonFinite != "" {
			err = fmt.Errorf("the %s of a step is not finite", r.nonFinite)
		}
		if err != nil {
			return "", err
		}
		if !timed(step, time.Since(start)) {
			return e.tier(), nil
		}
	}
}

// A Stepper takes training steps on random tokens, in memory, without a run
// directory. It is for benchmarks, and must be used by one goroutine at a time.
type Stepper struct {
	engine  *native
	threads int
	windows [][]uint16
	step    int
}

// NewStepper returns a stepper for a configuration and tokens below vocabulary.
func NewStepper(c config.Config, vocabulary int) (*Stepper, error) {
	model, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: vocabulary})
	if err != nil {
		return nil, err
	}
	model.Init(uint64(c.Train.Seed))
	e := newNative(c.Train, model)
	s := &Stepper{engine: e, threads: e.threads, windows: make([][]uint16, c.Train.Batch*c.Train.Accumulate)}
	for i := range s.windows {
		s.windows[i] = randomWindow(c, i, vocabulary)
	}
	return s, nil
}

func randomWindow(c config.Config, i, vocabulary int) []uint16 {
	random := rng.New(uint64(c.Train.Seed), rng.Windows, uint32(i))
	window := make([]uint16, c.Model.Context+1)
	for j := range window {
		window[j] = uint16(random.Uint64n(uint64(j), uint64(vocabulary)))
	}
	return window
}

// Step takes a step: forward, backward, clipping, update and packing. threads is at
// most the number of threads of the configuration.
func (s *Stepper) Step(threads int) {
	if threads < 1 || threads > s.threads {
		panic(fmt.Sprintf("train: a step with %d of %d threads", threads, s.threads))
	}
	s.engine.threads = threads
	s.step = min(s.step+1, s.engine.c.Steps)
	s.engine.take(s.step, s.windows)
}

// Model returns the model that is being trained.
func (s *Stepper) Model() *gpt.Model { return s.engine.model }

// Lanes is the number of gradient arrays that a step adds up.
func (s *Stepper) Lanes() int { return s.engine.lanes.count }
