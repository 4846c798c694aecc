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

// laneCount is part of the meaning of a run: another number adds gradients in
// another order.
const laneCount = 8

// evaluator computes losses of one model.
type evaluator struct {
	workers
	model  *gpt.Model
	spaces []*gpt.Workspace // one a worker
}

// newEvaluator returns an evaluator of at most tasks windows at a time; threads
// 0 is one a processor.
func newEvaluator(model *gpt.Model, threads, tasks int) evaluator {
	threads = threadCount(threads)
	e := evaluator{workers: workers{threads: threads}, model: model, spaces: make([]*gpt.Workspace, min(threads, tasks))}
	for i := range e.spaces {
		e.spaces[i] = model.NewWorkspace()
	}
	return e
}

// threadCount is the number of threads that train.threads asks for: 0 is one a
// processor.
func threadCount(threads int) int {
	if threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return threads
}

// engine computes steps and losses of one model in memory.
type engine struct {
	evaluator
	c     config.Train
	adamw *optim.AdamW
	lanes [][]float32 // gradients

	losses []float64 // of the last step's windows, sums over tokens
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

// lanesOf is the number of lanes with a sequence.
func lanesOf(c config.Train) int { return min(laneCount, c.Batch*c.Accumulate) }

// workspaces is how many of them are used at most: a second one evaluates, even
// where there is one lane.
func workspaces(lanes int) int { return max(lanes, 2) }

func ranges(m *gpt.Model) []optim.Range {
	var all []optim.Range
	for _, t := range m.Tensors() {
		all = append(all, optim.Range{Start: t.Offset, End: t.Offset + t.Size(), Decay: t.Decay})
	}
	return all
}

// result is what a step found.
type result struct {
	loss, norm, rate float64
	nonFinite        string // what was not a number; then there was no update
}

// step trains on windows, each of inputs and one token more, as step number t
// (from 1).
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
		e.model.Pack()
	}
	return r
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// gradient leaves the gradient of the mean loss in lane 0 and returns that
// loss.
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

// addLanes adds all lanes into the first: neighbours in pairs, then pairs of
// pairs, and so on.
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

// Mean returns the loss per token of windows with mean losses and numbers of
// tokens, added up in their order.
func Mean(losses []float32, tokens []int) float64 {
	// Relative to the longest: windows of one length have weights of exactly 1.
	longest, sum, weights := float64(slices.Max(tokens)), 0.0, 0.0
	for i, l := range losses {
		weight := float64(tokens[i]) / longest
		sum += weight * float64(l)
		weights += weight
	}
	return sum / weights
}
