package train

import (
	"math"
	"runtime"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/optim"
)

// laneCount is the largest number of lanes. It decides the order in which gradients
// are added, so a change of it changes the results of every run.
const laneCount = 8

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
	adamw *optim.AdamW
	lanes [][]float32 // gradients

	losses []float64 // of each window of the last step, summed over its tokens
}

func newEngine(c config.Train, model *gpt.Model) *engine {
	lanes := lanesOf(c)
	e := &engine{evaluator: newEvaluator(model, c.Threads, workspaces(lanes)), c: c, lanes: make([][]float32, lanes)}
	e.adamw = optim.NewAdamW(c, len(model.Params), ranges(model))
	for i := range e.lanes {
		e.lanes[i] = kernel.Floats(len(model.Params))
	}
	return e
}

// lanesOf is the number of lanes that are used.
func lanesOf(c config.Train) int { return min(laneCount, c.Batch*c.Accumulate) }

// workspaces is the largest number of workspaces: one for each lane, and at least
// two, because evaluations can use two threads even if there is one lane.
func workspaces(lanes int) int { return max(lanes, 2) }

func ranges(m *gpt.Model) []optim.Range {
	var all []optim.Range
	for _, t := range m.Tensors() {
		all = append(all, optim.Range{Start: t.Offset, End: t.Offset + t.Size(), Decay: t.Decay})
	}
	return all
}

// result is the outcome of a step.
type result struct {
	loss, norm, rate float64
	nonFinite        string // "loss" or "gradient" if that is not finite; then there was no update
}

// step takes training step t, counted from 1. A window holds the inputs and one
// more token, the last target.
func (e *engine) step(t int, windows [][]uint16) result {
	r := result{rate: optim.Rate(e.c, t)}
	r.loss = e.gradient(t, windows)
	grad := e.lanes[0]
	r.norm = e.adamw.Norm(grad, e.tasks)
	switch {
	case !finite(r.loss):
		r.nonFinite = "loss"
	case !finite(r.norm):
		r.nonFinite = "gradient"
	default:
		e.adamw.Update(e.model.Params, grad, t, r.rate, e.adamw.ClipScale(r.norm), e.tasks)
		e.model.PackIn(e.tasks)
	}
	return r
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// gradient computes the mean loss of the windows and returns it. Lane 0 then holds
// its gradient.
func (e *engine) gradient(t int, windows [][]uint16) float64 {
	tokens := 0
	for _, w := range windows {
		tokens += len(w) - 1
	}
	losses := make([]float64, len(windows))
	e.losses = losses
	e.run(len(e.lanes), func(worker, lane int) {
		space, grad := e.spaces[worker], e.lanes[lane]
		clear(grad)
		for i := lane; i < len(windows); i += laneCount {
			inputs, targets := windows[i][:len(windows[i])-1], windows[i][1:]
			space.Forward(inputs, &gpt.Noise{Seed: uint64(e.c.Seed), Step: t, Sequence: i})
			for _, l := range space.Loss(targets) {
				losses[i] += float64(l)
			}
			space.Backward(grad, targets, 1/float32(tokens))
		}
	})
	e.addLanes()
	sum := 0.0
	for _, l := range losses {
		sum += l
	}
	return sum / float64(tokens)
}

// addLanes adds all lanes into lane 0: first neighbours, then pairs of neighbours,
// and so on.
func (e *engine) addLanes() {
	const piece = 1 << 14
	length := len(e.lanes[0])
	e.tasks((length+piece-1)/piece, func(i int) {
		start, end := i*piece, min((i+1)*piece, length)
		for apart := 1; apart < len(e.lanes); apart *= 2 {
			for lane := 0; lane+apart < len(e.lanes); lane += 2 * apart {
				kernel.Add(e.lanes[lane][start:end], e.lanes[lane+apart][start:end])
			}
		}
	})
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
