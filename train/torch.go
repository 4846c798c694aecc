package train

import (
	"context"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/optim"
	"github.com/waveletgpt/waveletgpt/internal/torch"
)

// inTorch is the engine that trains by PyTorch in a separate process. The parameters
// of the model and the arrays of states here are those of the last load or fetch.
type inTorch struct {
	c       config.Train
	context int
	worker  *torch.Worker
	model   *gpt.Model
	kept    []state
}

var _ engine = (*inTorch)(nil)

func newInTorch(c config.Train, model *gpt.Model) (*inTorch, error) {
	worker, err := torch.Start(c, model)
	if err != nil {
		return nil, err
	}
	d := divide(c, model)
	e := &inTorch{c: c, context: model.Config.Context, worker: worker, model: model}
	e.kept = []state{{firstMoment, d.adamw, make([]float32, d.moments)}, {secondMoment, d.adamw, make([]float32, d.moments)}}
	if d.muon != nil {
		e.kept = append(e.kept, state{momentum, d.muon, make([]float32, d.momentum)})
	}
	return e, nil
}

func (e *inTorch) step(t int, windows [][]uint16) (result, error) {
	r := result{rate: optim.Rate(e.c, t)}
	var err error
	if r.losses, r.norm, err = e.worker.Step(t, r.rate, optim.MuonRate(e.c, r.rate), windows); err != nil {
		return r, err
	}
	tokens := 0
	for i, w := range windows {
		tokens += len(w) - 1
		r.loss += r.losses[i]
	}
	r.loss /= float64(tokens)
	r.judge()
	return r, nil
}

// evaluatedAtOnce is about how many windows a request of an evaluation has.
const evaluatedAtOnce = 64

func (e *inTorch) meansAt(ctx context.Context, set *dataset.Set, split string, starts []int64) (losses []float32, tokens []int, err error) {
	rows := (evaluatedAtOnce + e.c.Batch - 1) / e.c.Batch * e.c.Batch
	for part := range slices.Chunk(starts, rows) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		var windows [][]uint16
		for _, start := range part {
			window, err := set.Window(make([]uint16, e.context+1), split, start)
			if err != nil {
				return nil, nil, err
			}
			windows = append(windows, window)
		}
		sums, err := e.worker.Evaluate(windows)
		if err != nil {
			return nil, nil, err
		}
		for i, sum := range sums {
			n := len(windows[i]) - 1
			losses, tokens = append(losses, float32(sum/float64(n))), append(tokens, n)
		}
	}
	return losses, tokens, nil
}

func (e *inTorch) states() []state { return e.kept }

func (e *inTorch) load(step int) error { return e.worker.Load(step, valuesOf(e.model, e.kept)...) }

func (e *inTorch) fetch() error { return e.worker.State(valuesOf(e.model, e.kept)...) }

// valuesOf are all values that a worker has, in its order: the parameters, then the
// states, by tensor.
func valuesOf(m *gpt.Model, states []state) (all [][]float32) {
	for _, s := range append([]state{{"", m.Tensors(), m.Params}}, states...) {
		for _, t := range s.tensors {
			all = append(all, t.Of(s.values))
		}
	}
	return all
}

func (e *inTorch) tier() string { return e.worker.About.String() }

func (e *inTorch) close() error { return e.worker.Close() }
