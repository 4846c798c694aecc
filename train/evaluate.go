package train

import (
	"context"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// Evaluate returns the mean loss of each of at most n fixed windows of a split, in
// nats per token, and the number of tokens in each mean. threads = 0 means one for
// each processor.
func Evaluate(ctx context.Context, m *gpt.Model, set *dataset.Set, split string, n, threads int) (losses []float32, tokens []int, err error) {
	// Checked first, so that a context that is too long for the split allocates
	// nothing.
	starts, err := set.Windows(split, n, m.Config.Context+1)
	if err != nil {
		return nil, nil, err
	}
	return EvaluateAt(ctx, m, set, split, starts, threads)
}

// EvaluateAt is [Evaluate] on the windows that begin at positions of a split.
func EvaluateAt(ctx context.Context, m *gpt.Model, set *dataset.Set, split string, starts []int64, threads int) (losses []float32, tokens []int, err error) {
	e := newEvaluator(m, threads, len(starts))
	return e.meansAt(ctx, set, split, starts)
}

// TokenLosses returns the loss of each token, in nats, of the windows that begin at
// positions of a split, while parts of the operators are bypassed. threads = 0 means
// one for each processor.
func TokenLosses(ctx context.Context, m *gpt.Model, set *dataset.Set, split string, starts []int64, threads int, bypassed ...gpt.Bypassed) ([][]float32, error) {
	e := newEvaluator(m, threads, len(starts))
	for _, space := range e.spaces {
		space.Bypass(bypassed...)
	}
	all := make([][]float32, len(starts))
	err := e.evaluate(ctx, set, split, starts, func(i int, losses []float32) { all[i] = slices.Clone(losses) })
	return all, err
}

// ByPosition returns the mean over all tokens of what [TokenLosses] returns, and that
// at each position. A short window has losses at its first positions only.
func ByPosition(all [][]float32) (mean float64, positions []float64) {
	// In the order of the windows: the sums do not depend on threads.
	longest, tokens := 0, 0.0
	for _, losses := range all {
		longest = max(longest, len(losses))
	}
	positions = make([]float64, longest)
	counts := make([]float64, longest)
	for _, losses := range all {
		for i := range losses {
			counts[i]++
		}
		tokens += float64(len(losses)) / float64(len(all))
	}
	for _, losses := range all {
		for i, loss := range losses {
			positions[i] += float64(loss) / counts[i]
		}
	}
	for i, loss := range positions {
		mean += loss * (counts[i] / float64(len(all))) / tokens
	}
	return mean, positions
}

func (e *evaluator) meansAt(ctx context.Context, set *dataset.Set, split string, starts []int64) (losses []float32, tokens []int, err error) {
	losses, tokens = make([]float32, len(starts)), make([]int, len(starts))
	err = e.evaluate(ctx, set, split, starts, func(i int, all []float32) {
		losses[i], tokens[i] = meanOf(all), len(all)
	})
	return losses, tokens, err
}

func meanOf(losses []float32) float32 {
	sum := 0.0
	for _, l := range losses {
		sum += float64(l)
	}
	return float32(sum / float64(len(losses)))
}

// evaluate computes the loss of each token of the windows that begin at starts. It
// calls found for each window, from several goroutines and in any order; losses
// are valid only during the call. It stops early when ctx ends.
func (e *evaluator) evaluate(ctx context.Context, set *dataset.Set, split string, starts []int64, found func(i int, losses []float32)) error {
	errs := make([]error, len(starts))
	buffers := make([][]uint16, len(e.spaces))
	for i := range buffers {
		buffers[i] = make([]uint16, e.model.Config.Context+1)
	}
	pool := workers{len(e.spaces), e.delay}
	pool.run(len(starts), func(worker, i int) {
		if errs[i] = ctx.Err(); errs[i] != nil {
			return
		}
		window, err := set.Window(buffers[worker], split, starts[i])
		if err != nil {
			errs[i] = err
			return
		}
		found(i, windowLosses(e.spaces[worker], window))
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// windowLosses returns the loss of each token of a window but the first. They are valid
// until the workspace is used again.
func windowLosses(space *gpt.Workspace, window []uint16) []float32 {
	space.Forward(window[:len(window)-1], nil)
	return space.Loss(window[1:])
}

// due reports whether the model is evaluated after a step: at powers of two while
// it learns fast, then at regular steps, and after the last step.
func due(step int, c config.Train) bool {
	if step < c.EvalEvery && step&(step-1) == 0 { // 0 and the powers of two
		return true
	}
	return step%c.EvalEvery == 0 || step == c.Steps
}

// means returns the mean loss of each of at most n fixed windows of a split, and its
// number of predicted tokens.
func (l *Loop) means(ctx context.Context, split string, n int) (losses []float32, tokens []int, err error) {
	starts, err := l.set.Windows(split, n, l.model.Config.Context+1)
	if err != nil {
		return nil, nil, err
	}
	return l.engine.meansAt(ctx, l.set, split, starts)
}

// validate evaluates the validation split if an evaluation is due after the
// current step and not done yet.
func (l *Loop) validate(ctx context.Context, report func(Report)) error {
	c := l.run.Config
	if !due(l.step, c.Train) || l.evaluated >= l.step {
		return nil
	}
	losses, tokens, err := l.means(ctx, dataset.Validation, c.Eval.Windows)
	if err != nil {
		return err
	}
	loss := Mean(losses, tokens)
	if !finite(loss) {
		return l.divergeAfter("validation loss")
	}
	if err := l.evaluation(run.Metric{ValidationLoss: &loss}, losses, report); err != nil {
		return err
	}
	l.evaluated, l.losses[l.step] = l.step, loss
	return nil
}

// test makes the final evaluation after the last step, if there is one, and evaluates
// the test split, if there is one. It runs after the last checkpoint is saved, so a run whose log has a line that [run.Metric.Ends]
// also has its final weights.
func (l *Loop) test(ctx context.Context, report func(Report)) error {
	c := l.run.Config
	if l.step < c.Train.Steps || l.tested {
		return nil
	}
	m := run.Metric{Finished: true}
	windows := c.Eval.Final()
	if c.Eval.FinalWindows > 0 {
		loss, err := l.final(ctx, windows)
		if err != nil {
			return err
		}
		m.FinalLoss = &loss
	}
	if l.set.Header.Splits.Test.Length > 0 {
		losses, tokens, err := l.means(ctx, dataset.Test, windows)
		if err != nil {
			return err
		}
		loss := Mean(losses, tokens)
		if !finite(loss) {
			return l.divergeAfter("test loss")
		}
		m.TestLoss, m.Finished = &loss, false
	}
	if err := l.evaluation(m, nil, report); err != nil {
		return err
	}
	l.tested = true
	return l.log.Sync()
}

// final evaluates the validation split on more windows, writes the loss of each to
// final.bin, and returns their mean.
func (l *Loop) final(ctx context.Context, n int) (float64, error) {
	starts, err := l.set.Windows(dataset.Validation, n, l.model.Config.Context+1)
	if err != nil {
		return 0, err
	}
	losses, tokens, err := l.means(ctx, dataset.Validation, n)
	if err != nil {
		return 0, err
	}
	loss := Mean(losses, tokens)
	if !finite(loss) {
		return 0, l.divergeAfter("final loss")
	}
	windows := make([]run.FinalWindow, len(starts))
	for i, start := range starts {
		document, err := l.set.Document(dataset.Validation, start)
		if err != nil {
			return 0, err
		}
		windows[i] = run.FinalWindow{Document: document, Tokens: tokens[i], Loss: losses[i]}
	}
	return loss, l.run.WriteFinalEvaluation(windows)
}

// evaluation logs and reports the result of an evaluation.
func (l *Loop) evaluation(m run.Metric, losses []float32, report func(Report)) error {
	m.Step, m.Tokens = l.step, l.tokens()
	if err := l.append(m, losses, report); err != nil {
		return err
	}
	report(Report{Metric: m, Steps: l.run.Config.Train.Steps})
	return nil
}
