package gpt

import "github.com/waveletgpt/waveletgpt/internal/rng"

// Noise is the dropout of one sequence in one training step. It applies at the
// embeddings and at both residual branches of a block, as in GPT-2; attention
// weights are not dropped.
type Noise struct {
	Seed     uint64 // of the training run
	Step     int    // from 1
	Sequence int    // number of the sequence in the step's batch, from 0
}

// drop zeroes every value of x, the tokens r of an array [T, width], with the
// probability of model.dropout and scales the others, so that the mean stays.
// The gradient of its input is the same of the gradient of its output: masks are
// computed again instead of being stored.
func (w *Workspace) drop(x []float32, r tokenRange, site int) {
	if w.noise == nil || w.m.Config.Dropout == 0 {
		return
	}
	w.mask(x, x, r, site)
}

// dropGradient returns the gradient of drop's input and leaves dy as it is;
// w.branch holds the result, one block of tokens.
func (w *Workspace) dropGradient(dy []float32, r tokenRange, site int) []float32 {
	if w.noise == nil || w.m.Config.Dropout == 0 {
		return dy
	}
	w.mask(w.branch, dy, r, site)
	return w.branch
}

func (w *Workspace) mask(y, x []float32, r tokenRange, site int) {
	c := w.m.Config
	stream := rng.New(w.noise.Seed, rng.Dropout, uint32(w.noise.Step))
	first, n := r.from*c.Width, r.n*c.Width
	// A number of 64 bits serves two values. Places are counted for a whole
	// context, so that they do not depend on the sequence's length.
	perSite := (c.Context*c.Width + 1) / 2
	place := uint64(w.noise.Sequence*(2*c.Layers+1)+site) * uint64(perSite)
	keep := float32(1 / (1 - c.Dropout))
	threshold := uint64(c.Dropout * (1 << 32))
	for i := 0; i < n; i += 2 {
		bits := stream.Uint64(place + uint64((first+i)/2))
		for j := i; j < min(i+2, n); j++ {
			if bits&0xffffffff < threshold {
				y[j] = 0
			} else {
				y[j] = x[j] * keep
			}
			bits >>= 32
		}
	}
}
