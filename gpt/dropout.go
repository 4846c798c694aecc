package gpt

import "github.com/waveletgpt/waveletgpt/internal/rng"

// Noise is the dropout of one sequence in one training step. As in GPT-2 it applies
// to the embeddings and to both residual branches of a block. Unlike in GPT-2 it
// does not apply to attention weights.
type Noise struct {
	Seed     uint64 // of the training run
	Step     int    // from 1
	Sequence int    // number of the sequence in the step's batch, from 0
}

// drop sets each value of x, the tokens r of an array [T, width], to zero with
// probability model.dropout, and scales the others so that the mean stays the same.
// The gradient is masked in the same way; masks are computed again instead of
// being stored.
func (w *Workspace) drop(x []float32, r tokenRange, site int) {
	if w.noise == nil || w.m.Config.Dropout == 0 {
		return
	}
	w.mask(x, x, r, site)
}

// dropGradient returns the gradient of drop's input for one block of tokens. The
// result is dy itself or in w.branch; dy is not changed.
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
	// One 64-bit number serves two values. The index is computed for a whole
	// context, so that it does not depend on the length of the sequence.
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
