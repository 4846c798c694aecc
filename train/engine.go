package train

import (
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/optim"
)

// An engine trains one model: it computes steps and losses, and keeps the state of the
// optimizers. The loop knows nothing else of it. A value of a checkpoint lies in the
// parameters of the model, or in an array of states: load takes them from there, and
// fetch brings them there.
type engine interface {
	// step takes training step t, counted from 1. A window holds the inputs and one
	// more token, the last target. After an error the engine is of no use.
	step(t int, windows [][]uint16) (result, error)

	// meansAt returns the mean loss of each of the windows that begin at positions of a
	// split, and the number of tokens in each mean. It stops early when ctx ends.
	meansAt(ctx context.Context, set *dataset.Set, split string, starts []int64) (losses []float32, tokens []int, err error)

	states() []state     // all that the optimizers keep from step to step
	load(step int) error // after so many steps
	fetch() error

	// tier is what computes. Another one gives other last bits.
	tier() string

	close() error
}

// A state is an array of an optimizer: the tensors in it, with a prefix of their names.
type state struct {
	prefix  string
	tensors []gpt.Tensor
	values  []float32
}

// result is the outcome of a step.
type result struct {
	loss, norm, rate float64
	nonFinite        string    // "loss" or "gradient" if that is not finite; then there was no update
	losses           []float64 // of each window, summed over its tokens
}

// evaluator computes the losses of one model.
type evaluator struct {
	workers
	model  *gpt.Model
	spaces []*gpt.Workspace // one for each worker
}

// newEvaluator returns an evaluator that computes at most tasks windows at a time.
// threads = 0 means one for each processor.
func newEvaluator(model *gpt.Model, threads, tasks int) evaluator {
	threads = threadCount(threads)
	e := evaluator{workers: workers{threads: threads}, model: model, spaces: make([]*gpt.Workspace, min(threads, tasks))}
	for i := range e.spaces {
		e.spaces[i] = model.NewWorkspace()
	}
	return e
}

// threadCount is the number of threads for a value of train.threads: 0 means one
// for each processor.
func threadCount(threads int) int {
	if threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return threads
}

// judge tells whether loss and gradient are finite.
func (r *result) judge() {
	switch {
	case !finite(r.loss):
		r.nonFinite = "loss"
	case !finite(r.norm):
		r.nonFinite = "gradient"
	}
}

// newEngine returns the engine that a configuration names.
func newEngine(c config.Train, model *gpt.Model) (engine, error) {
	if c.Engine == "torch" {
		return newInTorch(c, model)
	}
	return newNative(c, model), nil
}

// native is the engine of this program: kernels of package kernel, in this process.
type native struct {
	evaluator
	c     config.Train
	clip  *optim.Clip
	adamw *optim.AdamW
	muon  *optim.Muon // nil where AdamW updates all
	lanes *lanes
	share share

	// The tensors that each optimizer updates. Their offsets are those in its state.
	byAdamW, byMuon []gpt.Tensor

	losses []float64 // of each window of the last step, summed over its tokens
}

var _ engine = (*native)(nil)

func newNative(c config.Train, model *gpt.Model) *native {
	return newNativeOf(c, model, shareOf(c, nil))
}

func newNativeOf(c config.Train, model *gpt.Model, s share) *native {
	e := &native{evaluator: newEvaluator(model, c.Threads, workspaces(s.count)), c: c, lanes: newLanes(max(s.count, 1), model), share: s}
	d := divide(c, model)
	e.byAdamW, e.byMuon = d.adamw, d.muon
	e.clip = optim.NewClip(c, d.all)
	e.adamw = optim.NewAdamW(c, d.moments, d.ranges)
	if d.muon != nil {
		e.muon = optim.NewMuon(c, d.momentum, d.matrices, e.threads)
	}
	return e
}

// lanesOf is the number of lanes that are used. train.lanes decides the order in which
// gradients are added.
func lanesOf(c config.Train) int { return min(c.Lanes, c.Batch*c.Accumulate) }

// workspaces is the largest number of workspaces: one for each lane, and at least
// two, because evaluations can use two threads even if there is one lane.
func workspaces(lanes int) int { return max(lanes, 2) }

func (e *native) step(t int, windows [][]uint16) (result, error) {
	return e.take(t, windows), nil
}

// take is step, which cannot fail here.
func (e *native) take(t int, windows [][]uint16) result { return e.update(t, e.gradient(t, windows)) }

func (e *native) states() []state {
	all := []state{{firstMoment, e.byAdamW, e.adamw.M}, {secondMoment, e.byAdamW, e.adamw.V}}
	if e.muon != nil {
		all = append(all, state{momentum, e.byMuon, e.muon.M})
	}
	return all
}

func (e *native) load(int) error {
	e.model.PackIn(e.tasks)
	return nil
}

func (e *native) fetch() error { return nil } // all is there

func (e *native) tier() string { return nativeTier() }

func nativeTier() string { return kernel.Tier() + "/" + runtime.GOARCH }

func (e *native) close() error { return nil }

// update ends training step t, whose loss and gradient were computed.
func (e *native) update(t int, loss float64) result {
	r := result{loss: loss, rate: optim.Rate(e.c, t), losses: e.losses}
	grad := e.lanes.sum
	r.norm = e.clip.Norm(grad, e.tasks)
	if r.judge(); r.nonFinite == "" {
		scale := e.clip.Scale(r.norm)
		e.adamw.Update(e.model.Params, grad, t, r.rate, scale, e.tasks)
		if e.muon != nil {
			e.muon.Update(e.model.Params, grad, optim.MuonRate(e.c, r.rate), scale, e.run)
		}
		e.model.PackIn(e.tasks)
	}
	return r
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// gradient computes the mean loss of the windows and returns it. The sum of the lanes
// is then its gradient.
func (e *native) gradient(t int, windows [][]uint16) float64 {
	tokens := 0
	for _, w := range windows {
		tokens += len(w) - 1
	}
	losses := make([]float64, len(windows))
	e.losses = losses
	e.run(e.share.count, func(worker, lane int) {
		space, parts := e.spaces[worker], make([][]float32, len(e.lanes.parts))
		part := func(i int) []float32 {
			if parts[i] == nil {
				parts[i] = e.lanes.take(i, lane)
			}
			return parts[i]
		}
		for i := e.share.first + lane; i < len(windows); i += e.c.Lanes {
			inputs, targets := windows[i][:len(windows[i])-1], windows[i][1:]
			space.Forward(inputs, &gpt.Noise{Seed: uint64(e.c.Seed), Step: t, Sequence: i})
			for _, l := range space.Loss(targets) {
				losses[i] += float64(l)
			}
			last := i+e.c.Lanes >= len(windows)
			space.BackwardParts(targets, 1/float32(tokens), part, func(i int) {
				if last {
					e.lanes.add(i, lane, parts[i])
				}
			})
		}
	})
	e.share.sum(e.lanes.sum, losses)
	sum := 0.0
	for _, l := range losses {
		sum += l
	}
	return sum / float64(tokens)
}

// Mean returns the loss per token over all windows, given the mean loss of each
// window and its number of tokens.
func Mean(losses []float32, tokens []int) float64 {
	// Weights are relative to the longest window, so that windows of equal length
	// have weights of exactly 1.
	longest, sum, weights := float64(slices.Max(tokens)), 0.0, 0.0
	for i, l := range losses {
		weight := float64(tokens[i]) / longest
		sum += weight * float64(l)
		weights += weight
	}
	return sum / weights
}
