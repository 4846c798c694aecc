package train

import (
	"context"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// Evaluate returns the mean loss, in nats per token, of each of at most n fixed
// windows of a split. threads 0 is one a processor.
func Evaluate(ctx context.Context, m *gpt.Model, set *dataset.Set, split string, n, threads int) ([]float32, error) {
	// First: a context that the split does not hold must take no memory.
	if _, err := set.Windows(split, n, m.Config.Context+1); err != nil {
		return nil, err
	}
	e := newEvaluator(m, threads, n)
	return e.evaluateSplit(ctx, set, split, n)
}

func (e *evaluator) evaluateSplit(ctx context.Context, set *dataset.Set, split string, n int) ([]float32, error) {
	starts, err := set.Windows(split, n, e.model.Config.Context+1)
	if err != nil {
		return nil, err
	}
	return e.evaluate(ctx, len(starts), func(window []uint16, i int) error {
		return set.Read(window, split, starts[i])
	})
}

// due tells whether the model is evaluated after a step: log-spaced while it
// learns fast, then regularly, and at the end.
func due(step int, c config.Train) bool {
	if step < c.EvalEvery && step&(step-1) == 0 { // 0 and the powers of two
		return true
	}
	return step%c.EvalEvery == 0 || step == c.Steps
}
