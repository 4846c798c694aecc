package optim

import (
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// A Range is a part of the parameters, Start to End-1, with or without weight
// decay.
type Range struct {
	Start, End int
	Decay      bool
}

// AdamW is the optimizer's state: the moments of every parameter.
type AdamW struct {
	M, V   []float32 // first and second moments
	c      config.Train
	pieces []Range
}

// pieceSize is the largest number of parameters that one task updates.
const pieceSize = 1 << 15

// NewAdamW returns the state before the first step, all zero, for an array of
// parameters. Only the parameters in ranges are updated.
func NewAdamW(c config.Train, length int, ranges []Range) *AdamW {
	return &AdamW{M: kernel.Floats(length), V: kernel.Floats(length), c: c, pieces: cut(ranges)}
}

// Memory returns the bytes of all arrays of the state that [NewAdamW] would return.
func Memory(length int, ranges []Range) int64 {
	return 2*4*int64(length) + kernel.Bytes(cut(ranges))
}

// cut cuts ranges into pieces.
func cut(ranges []Range) (pieces []Range) {
	for _, r := range ranges {
		for start := r.Start; start < r.End; start += pieceSize {
			pieces = append(pieces, Range{start, min(start+pieceSize, r.End), r.Decay})
		}
	}
	return pieces
}

// A Parallel runs do(0) to do(n-1), in any order and in parallel, and returns when
// all are done.
type Parallel func(n int, do func(i int))

// Norm is the global norm of a gradient: the root of the sum of all squares.
func (o *AdamW) Norm(grad []float32, parallel Parallel) float64 {
	sums := make([]float64, len(o.pieces))
	parallel(len(o.pieces), func(i int) {
		sums[i] = kernel.SumOfSquares(grad[o.pieces[i].Start:o.pieces[i].End])
	})
	sum := 0.0
	for _, s := range sums {
		sum += s
	}
	return math.Sqrt(sum)
}

// ClipScale is the factor for a gradient that limits its norm to train.clip:
// min(1, clip / (norm + 1e-6)), or 1 if clip is 0.
func (o *AdamW) ClipScale(norm float64) float64 {
	if o.c.Clip == 0 {
		return 1
	}
	return min(1, o.c.Clip/(norm+1e-6))
}

// Update takes step t, counted from 1, with learning rate lr and the gradient
// multiplied by scale.
func (o *AdamW) Update(params, grad []float32, t int, lr, scale float64, parallel Parallel) {
	step := kernel.AdamWStep{
		Beta1:   float32(o.c.Beta1),
		Beta2:   float32(o.c.Beta2),
		Epsilon: float32(o.c.Eps),
		Rate:    float32(lr / (1 - math.Pow(o.c.Beta1, float64(t)))),
		Root:    float32(1 / math.Sqrt(1-math.Pow(o.c.Beta2, float64(t)))),
		Scale:   float32(scale),
	}
	parallel(len(o.pieces), func(i int) {
		p, s := o.pieces[i], step
		if p.Decay {
			s.Decay = float32(lr * o.c.Decay)
		}
		kernel.AdamW(params[p.Start:p.End], o.M[p.Start:p.End], o.V[p.Start:p.End], grad[p.Start:p.End], s)
	})
}
