package compare

import (
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/train"
)

// Estimate says roughly how long all runs of a plan take on this machine, from
// a short measurement of the baseline. Runs that are there already count too.
func (p Plan) Estimate(set *dataset.Set) (time.Duration, error) {
	step, err := train.Measure(p.Config, set.Header.Vocabulary)
	if err != nil {
		return 0, err
	}
	t := p.Config.Train
	// An evaluation is a forward pass, a third of a step, on each window.
	perEvaluation := float64(p.Config.Eval.Windows) / float64(t.Batch*t.Accumulate) / 3
	steps := float64(t.Steps) + float64(t.Steps/t.EvalEvery)*perEvaluation
	return time.Duration(float64(len(p.Variants)*len(p.Seeds)) * steps * float64(step)), nil
}
