package train

import (
	"math"
	"runtime"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/optim"
)

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

// engine computes the steps and losses of one model in memory.
type engine struct {
	evaluator
	c     config.Train
	clip  *optim.Clip
	adamw *optim.AdamW
	muon  *optim.Muon // nil where AdamW updates all
	lanes *lanes

	// The tensors that each optimizer updates. Their offsets are those in its state.
	byAdamW, byMuon []gpt.Tensor

	losses []float64 // of each window of the last step, summed over its tokens
}

func newEngine(c config.Train, model *gpt.Model) *engine {
	count := lanesOf(c)
	e := &engine{evaluator: newEvaluator(model, c.Threads, workspaces(count)), c: c, lanes: newLanes(count, model)}
	d := divide(c, model)
	e.byAdamW, e.byMuon = d.adamw, d.muon
	e.clip = optim.NewClip(c, d.all)
	e.adamw = optim.NewAdamW(c, d.moments, d.ranges)
	if d.muon != nil {
		e.muon = optim.NewMuon(c, d.momentum, d.matrices, e.threads)
	}
	return e
}

// lanesOf is the number of lanes that are used.
func lanesOf(c config.Train) int { return min(laneCount, c.Batch*c.Accumulate) }

// workspaces is the largest number of workspaces: one for each lane, and at least
// two, because evaluations can use two threads even if there is one lane.
func workspaces(lanes int) int { return max(lanes, 2) }

// result is the outcome of a step.
type result struct {
	loss, norm, rate float64
	nonFinite        string // "loss" or "gradient" if that is not finite; then there was no update
}

// step takes training step t, counted from 1. A window holds the inputs and one
// more token, the last target.
func (e *engine) step(t int, windows [][]uint16) result { return e.update(t, e.gradient(t, windows)) }

// update ends training step t, whose loss and gradient were computed.
func (e *engine) update(t int, loss float64) result {
	r := result{loss: loss, rate: optim.Rate(e.c, t)}
	grad := e.lanes.sum
	r.norm = e.clip.Norm(grad, e.tasks)
	switch {
	case !finite(r.loss):
		r.nonFinite = "loss"
	case !finite(r.norm):
		r.nonFinite = "gradient"
	default:
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
func (e *engine) gradient(t int, windows [][]uint16) float64 {
	tokens := 0
	for _, w := range windows {
		tokens += len(w) - 1
	}
	losses := make([]float64, len(windows))
	e.losses = losses
	e.run(e.lanes.count, func(worker, lane int) {
		space, parts := e.spaces[worker], make([][]float32, len(e.lanes.parts))
		part := func(i int) []float32 {
			if parts[i] == nil {
				parts[i] = e.lanes.take(i, lane)
			}
			return parts[i]
		}
		for i := lane; i < len(windows); i += laneCount {
			inputs, targets := windows[i][:len(windows[i])-1], windows[i][1:]
			space.Forward(inputs, &gpt.Noise{Seed: uint64(e.c.Seed), Step: t, Sequence: i})
			for _, l := range space.Loss(targets) {
				losses[i] += float64(l)
			}
			last := i+laneCount >= len(windows)
			space.BackwardParts(targets, 1/float32(tokens), part, func(i int) {
				if last {
					e.lanes.add(i, lane, parts[i])
				}
			})
		}
	})
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
