package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/run"
)

// A Loop trains one run. It must be used by one goroutine at a time.
type Loop struct {
	run     *run.Run
	set     *dataset.Set
	model   *gpt.Model
	engine  engine
	log     *run.Log
	store   *checkpoint.Store
	windows [][]uint16 // of the current step

	step      int // the last finished step
	saved     int // step of the newest checkpoint
	evaluated int // step of the last evaluation, -1 before the first
	tested    bool
	diverged  bool
	broken    bool            // the engine failed in a step, and its values may be those of half an update
	full      bool            // the disk was full at the last attempt to append to the log
	skipped   int             // steps without an update
	inRow     int             // how many of them were the latest steps
	seconds   float64         // spent in training steps
	losses    map[int]float64 // validation loss by step

	lossTrail, normTrail trailing

	branchPoints []int
}

// A Report is the result of a step or an evaluation.
type Report struct {
	run.Metric
	Steps           int
	TokensPerSecond float64       // of this step
	Left            time.Duration // until the last step, at the mean rate so far, without evaluations
	Warning         error         // a problem that did not stop the run, usually nil
}

// String is one line for people, as in "step 40 of 400: loss 2.3125".
func (r Report) String() string {
	line := fmt.Sprintf("step %d of %d:", r.Step, r.Steps)
	for _, value := range []struct {
		name  string
		value *float64
	}{{"loss", r.Loss}, {"validation loss", r.ValidationLoss}, {"final loss", r.FinalLoss}, {"test loss", r.TestLoss}} {
		if value.value != nil {
			line += fmt.Sprintf(" %s %.4f", value.name, *value.value)
		}
	}
	if r.Finished {
		line += " finished; without a test split there is no test loss"
	}
	if r.NonFinite != "" {
		line += fmt.Sprintf(" the %s is not finite", r.NonFinite)
	}
	if r.Warning != nil {
		line += fmt.Sprintf(" warning: %v", r.Warning)
	}
	return line
}

// Open locks a run and returns its loop, which continues after the newest good
// checkpoint, or begins before the first step. warnings name damage that was
// repaired, such as a broken checkpoint that was set aside.
func Open(r *run.Run, set *dataset.Set) (l *Loop, warnings []error, err error) {
	return OpenOn(nil, r, set)
}

// OpenOn is [Open] for a run that several ranks train. Without ranks this process trains
// it alone. The bits of the run are the same.
func OpenOn(ranks *Ranks, r *run.Run, set *dataset.Set) (l *Loop, warnings []error, err error) {
	if err := r.Lock(); err != nil {
		return nil, nil, err
	}
	if l, warnings, err = open(ranks, r, set); err != nil {
		return nil, warnings, errors.Join(err, r.Unlock())
	}
	return l, warnings, nil
}

func open(ranks *Ranks, r *run.Run, set *dataset.Set) (l *Loop, warnings []error, err error) {
	if err := fits(r.Config, set); err != nil {
		return nil, nil, err
	}
	c := gpt.Config{Model: r.Config.Model, Vocabulary: set.Header.Vocabulary}
	model, err := gpt.New(c)
	if err != nil {
		return nil, nil, err
	}
	l = &Loop{
		run: r, set: set, store: checkpoint.New(r.Path(run.CheckpointsDir)), model: model,
		saved: -1, evaluated: -1, losses: map[int]float64{},
	}
	if l.engine, err = ranks.engine(r.Config.Train, model); err != nil {
		return nil, nil, err
	}
	for range r.Config.Train.Batch * r.Config.Train.Accumulate {
		l.windows = append(l.windows, make([]uint16, c.Context+1))
	}
	if warnings, err = l.begin(); err != nil {
		return nil, warnings, errors.Join(err, l.engine.close())
	}
	return l, warnings, nil
}

// begin brings a loop to where its run stands.
func (l *Loop) begin() (warnings []error, err error) {
	if warnings, err = l.restore(); err != nil {
		return warnings, err
	}
	if err := vfs.MkdirAll(vfs.OS{}, l.run.Path(run.CheckpointsDir)); err != nil { // see fromTheStart
		return warnings, err
	}
	if err := l.checkCodec(); err != nil {
		return warnings, err
	}
	if l.log, err = l.run.OpenLog(l.saved); err != nil {
		return warnings, err
	}
	if err := l.readLog(); err != nil {
		return warnings, errors.Join(err, l.log.Close())
	}
	return warnings, nil
}

// checkCodec refuses data with another codec than the run.
func (l *Loop) checkCodec() error {
	was, err := codecHash(l.run.Codec)
	is, err2 := codecHash(l.set.Codec)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if was != is {
		return fmt.Errorf("%s was started with codec %.12s, but this is codec %.12s; use the data that it was started with", l.run.Dir, was, is)
	}
	return nil
}

// readLog restores what the log says about the steps so far.
func (l *Loop) readLog() error {
	metrics, err := l.run.Metrics()
	if err != nil {
		return err
	}
	for _, m := range metrics {
		if m.ValidationLoss != nil {
			l.evaluated, l.losses[m.Step] = m.Step, *m.ValidationLoss
		}
		l.tested = l.tested || m.Ends()
		l.diverged = l.diverged || m.NonFinite != "" && !m.Skipped
		if m.Skipped {
			l.skipped, l.inRow = l.skipped+1, l.inRow+1
		}
		if m.Loss != nil && m.GradNorm != nil {
			l.inRow = 0
			l.lossTrail.score(*m.Loss)
			l.normTrail.score(*m.GradNorm)
		}
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

// Close ends the engine, closes the files and unlocks the run. It does not save a
// checkpoint.
func (l *Loop) Close() error {
	return errors.Join(l.engine.close(), l.log.Close(), l.run.Unlock())
}

// Step is the number of finished steps.
func (l *Loop) Step() int { return l.step }

// Done reports whether the run is finished: all steps and the test evaluation, if
// there is a test split.
func (l *Loop) Done() bool { return l.step == l.run.Config.Train.Steps && l.tested }

// Model returns the model that is being trained. With the engine torch its values are
// those of the last checkpoint.
func (l *Loop) Model() *gpt.Model { return l.model }

// Engine is what computes: kernels and architecture, or versions and device of PyTorch.
func (l *Loop) Engine() string { return l.engine.tier() }

// Advance trains until step `until` is finished, with the evaluations and
// checkpoints that are due, and calls report after each step and evaluation. When
// ctx ends it finishes the current step, saves, and returns the context's error. An
// error that is [ErrNonFinite] ends the run for good.
func (l *Loop) Advance(ctx context.Context, until int, report func(Report)) error {
	if l.diverged {
		return ErrNonFinite
	}
	for {
		err := l.validate(ctx, report)
		if err == nil {
			err = l.saveDue(report)
		}
		if err == nil {
			err = l.test(ctx, report)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil && errors.Is(err, ctx.Err()) {
			return errors.Join(err, l.Save())
		}
		if err != nil || l.step >= min(until, l.run.Config.Train.Steps) {
			return err
		}
		if err := l.train(report); err != nil {
			return err
		}
	}
}

// BranchAt adds steps at which runs may branch off, see [Branch]. The loop saves when
// it reaches one of them, and neither it nor a later process removes that checkpoint
// again. A checkpoint that was saved before BranchAt named its step is kept by this
// loop only.
func (l *Loop) BranchAt(steps ...int) { l.branchPoints = append(l.branchPoints, steps...) }

// saveDue saves every train.save_every steps, at branch points and after the last
// step.
func (l *Loop) saveDue(report func(Report)) error {
	c := l.run.Config.Train
	switch {
	case l.step == c.Steps:
		return l.Save()
	case l.step%c.SaveEvery == 0 || slices.Contains(l.branchPoints, l.step):
		return l.tolerate(l.Save(), report)
	}
	return nil
}

// train takes one step.
func (l *Loop) train(report func(Report)) error {
	c := l.run.Config.Train
	t := l.step + 1
	start := time.Now()
	for i, w := range l.windows {
		var err error
		if l.windows[i], err = l.set.Draw(w[:cap(w)], uint64(c.Seed), t, i); err != nil {
			return err
		}
		if c.Transpose > 0 {
			if err := l.set.Transpose(l.windows[i], uint64(c.Seed), t, i, c.Transpose); err != nil {
				return err
			}
		}
	}
	r, err := l.engine.step(t, l.windows)
	if err != nil {
		l.broken = true
		return fmt.Errorf("step %d: %w", t, err)
	}
	took := time.Since(start).Seconds()
	l.seconds += took
	if r.nonFinite != "" {
		return l.nonFinite(t, r, report)
	}
	l.step, l.inRow = t, 0
	m := run.Metric{
		Step: t, Tokens: l.tokens(), Loss: &r.loss, GradNorm: &r.norm, LR: &r.rate,
		LossZ: l.lossTrail.score(r.loss), GradNormZ: l.normTrail.score(r.norm),
	}
	if err := l.append(m, nil, report); err != nil {
		return err
	}
	left := time.Duration(l.seconds / float64(t) * float64(c.Steps-t) * float64(time.Second))
	report(Report{Metric: m, Steps: c.Steps, TokensPerSecond: float64(l.perStep()) / took, Left: left})
	return nil
}

// tolerate turns the error of a full disk into a warning if train.on_full_disk is
// "continue": the last good checkpoint is still there.
func (l *Loop) tolerate(err error, report func(Report)) error {
	if err == nil || !vfs.IsFull(err) || l.run.Config.Train.OnFullDisk != "continue" {
		return err
	}
	report(Report{Metric: run.Metric{Step: l.step}, Steps: l.run.Config.Train.Steps, Warning: fmt.Errorf("%w; training continues, and the last checkpoint is that of step %d", err, max(l.saved, 0))})
	return nil
}

// perStep is the number of tokens in a step.
func (l *Loop) perStep() int64 {
	return int64(len(l.windows)) * int64(l.model.Config.Context)
}

// tokens is the number of tokens trained on so far.
func (l *Loop) tokens() int64 { return int64(l.step-l.skipped) * l.perStep() }

// append appends to the log. Lines that do not fit on a full disk are kept and
// written later; the warning about it is reported once.
func (l *Loop) append(m run.Metric, losses []float32, report func(Report)) error {
	err := l.log.Append(m, l.seconds, losses)
	if l.full {
		report = func(Report) {}
	}
	l.full = l.full || err != nil
	return l.tolerate(err, report)
}
