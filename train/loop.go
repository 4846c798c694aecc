package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waveletgpt/waveletgpt/checkpoint"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// ErrNonFinite is a loss or gradient that is not a number: the step made no
// update, and the run ends.
var ErrNonFinite = errors.New("the run diverged")

// A Loop trains one run. It belongs to one goroutine.
type Loop struct {
	run     *run.Run
	set     *dataset.Set
	engine  *engine
	log     *run.Log
	store   *checkpoint.Store
	windows [][]uint16 // the step's

	step      int // finished
	saved     int // step of the newest checkpoint
	evaluated int // step of the last evaluation, -1 before the first
	tested    bool
	diverged  bool
	seconds   float64         // of training steps
	losses    map[int]float64 // validation loss by step
}

// A Report is what a step or an evaluation found, for whoever watches.
type Report struct {
	run.Metric
	Steps           int
	TokensPerSecond float64       // of this step
	Left            time.Duration // to the last step at the mean rate so far, evaluations not counted
}

// Fits returns what keeps a model of a configuration from being trained on a
// set, before anything is written.
func Fits(c config.Config, set *dataset.Set) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := (gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary}).Validate(); err != nil {
		return err
	}
	for _, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		if _, err := set.Windows(split, 1, c.Model.Context+1); err != nil {
			return err
		}
	}
	return nil
}

// Open opens the loop of a run: after the newest good checkpoint, or before the
// first step. What it mended on the way is in warnings.
func Open(r *run.Run, set *dataset.Set) (l *Loop, warnings []error, err error) {
	if err := Fits(r.Config, set); err != nil {
		return nil, nil, err
	}
	c := gpt.Config{Model: r.Config.Model, Vocabulary: set.Header.Vocabulary}
	model, err := gpt.New(c)
	if err != nil {
		return nil, nil, err
	}
	l = &Loop{
		run: r, set: set, store: r.Checkpoints(), engine: newEngine(r.Config.Train, model),
		saved: -1, evaluated: -1, losses: map[int]float64{},
	}
	for range r.Config.Train.Batch * r.Config.Train.Accumulate {
		l.windows = append(l.windows, make([]uint16, c.Context+1))
	}
	if warnings, err = l.restore(); err != nil {
		return nil, warnings, err
	}
	if !run.SameCodec(r.Codec, set.Codec) {
		return nil, warnings, fmt.Errorf("%s has another vocabulary than the data; give the data that it was begun with", r.Dir)
	}
	if l.log, err = r.OpenLog(l.saved); err != nil {
		return nil, warnings, err
	}
	if err := l.readLog(); err != nil {
		return nil, warnings, errors.Join(err, l.Close())
	}
	return l, warnings, nil
}

// readLog takes up what the log says of the steps so far.
func (l *Loop) readLog() error {
	metrics, err := l.run.Metrics()
	if err != nil {
		return err
	}
	for _, m := range metrics {
		if m.ValidationLoss != nil {
			l.evaluated, l.losses[m.Step] = m.Step, *m.ValidationLoss
		}
		l.tested = l.tested || m.TestLoss != nil
		l.diverged = l.diverged || m.NonFinite != ""
	}
	timings, err := l.run.Timings()
	if err != nil {
		return err
	}
	if len(timings) > 0 {
		l.seconds = timings[len(timings)-1].Seconds
	}
	return nil
}

// Close closes the files. It does not save.
func (l *Loop) Close() error { return l.log.Close() }

// Step is the number of steps that are done.
func (l *Loop) Step() int { return l.step }

// Done tells whether the run is finished: all steps, and the test split.
func (l *Loop) Done() bool { return l.step == l.run.Config.Train.Steps && l.tested }

// Model returns the model as it is now.
func (l *Loop) Model() *gpt.Model { return l.engine.model }

// Advance trains until a step is done, with the evaluations and checkpoints
// that fall due, and calls report after each step and evaluation. When ctx ends
// it finishes the step at hand, saves, and returns the context's error. An error
// that is [ErrNonFinite] ends the run for good.
func (l *Loop) Advance(ctx context.Context, until int, report func(Report)) error {
	if l.diverged {
		return ErrNonFinite
	}
	c := l.run.Config.Train
	for {
		err := l.evaluateDue(ctx, report)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil && errors.Is(err, ctx.Err()) {
			return errors.Join(err, l.Save())
		}
		if err != nil {
			return err
		}
		if l.step > 0 && (l.step%c.SaveEvery == 0 || l.step == c.Steps) {
			if err := l.Save(); err != nil {
				return err
			}
		}
		if l.step >= min(until, c.Steps) {
			return nil
		}
		if err := l.train(report); err != nil {
			return err
		}
	}
}

// train does one step.
func (l *Loop) train(report func(Report)) error {
	c := l.run.Config.Train
	t := l.step + 1
	start := time.Now()
	for i, w := range l.windows {
		if err := l.set.Draw(w, uint64(c.Seed), t, i); err != nil {
			return err
		}
	}
	r := l.engine.step(t, l.windows)
	tokens := l.tokens(1)
	if r.nonFinite != "" {
		return l.diverge(t, r.nonFinite)
	}
	m := run.Metric{Step: t, Tokens: l.tokens(t), Loss: &r.loss, GradNorm: &r.norm, LR: &r.rate}
	took := time.Since(start).Seconds()
	l.step, l.seconds = t, l.seconds+took
	if err := l.log.Append(m, l.seconds, nil); err != nil {
		return err
	}
	left := time.Duration(l.seconds / float64(t) * float64(c.Steps-t) * float64(time.Second))
	report(Report{Metric: m, Steps: c.Steps, TokensPerSecond: float64(tokens) / took, Left: left})
	return nil
}

// diverge writes down at which step what was not finite, and ends the run.
func (l *Loop) diverge(step int, what string) error {
	l.diverged = true
	err := fmt.Errorf("%w at step %d: the %s is not finite; lower train.lr, or set train.clip", ErrNonFinite, step, what)
	m := run.Metric{Step: step, Tokens: l.tokens(l.step), NonFinite: what}
	return errors.Join(err, l.log.Append(m, l.seconds, nil))
}

// tokens counts the tokens of n steps.
func (l *Loop) tokens(n int) int64 {
	return int64(n) * int64(len(l.windows)) * int64(l.engine.model.Config.Context)
}

// evaluateDue evaluates what falls due after the steps that are done, if it is
// not done yet: the validation split by its schedule, the test split at the end.
func (l *Loop) evaluateDue(ctx context.Context, report func(Report)) error {
	c := l.run.Config
	if due(l.step, c.Train) && l.evaluated < l.step {
		losses, err := l.engine.evaluateSplit(ctx, l.set, dataset.Validation, c.Eval.Windows)
		if err != nil {
			return err
		}
		loss := mean(losses)
		if !finite(loss) {
			return l.diverge(l.step, "validation loss")
		}
		if err := l.append(run.Metric{ValidationLoss: &loss}, losses, report); err != nil {
			return err
		}
		l.evaluated, l.losses[l.step] = l.step, loss
	}
	if l.step == c.Train.Steps && !l.tested {
		losses, err := l.engine.evaluateSplit(ctx, l.set, dataset.Test, c.Eval.Windows)
		if err != nil {
			return err
		}
		loss := mean(losses)
		if !finite(loss) {
			return l.diverge(l.step, "test loss")
		}
		if err := l.append(run.Metric{TestLoss: &loss}, nil, report); err != nil {
			return err
		}
		l.tested = true
	}
	return nil
}

func (l *Loop) append(m run.Metric, losses []float32, report func(Report)) error {
	m.Step, m.Tokens = l.step, l.tokens(l.step)
	if err := l.log.Append(m, l.seconds, losses); err != nil {
		return err
	}
	report(Report{Metric: m, Steps: l.run.Config.Train.Steps})
	return nil
}
