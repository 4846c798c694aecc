package optim

import (
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// A Range is a part of the parameters, Start to End-1, with or without weight
// decay. Its moments begin at State in the arrays of [AdamW].
type Range struct {
	Start, End int
	State      int
	Decay      bool
}

// AdamW is the state of AdamW: the moments of the parameters that it updates.
type AdamW struct {
	M, V   []float32 // first and second moments
	c      config.Train
	pieces []Range
}

// pieceSize is the largest number of parameters that one task updates.
const pieceSize = 1 << 15

// NewAdamW returns the state before the first step, all zero, with arrays of some
// length. Only the parameters in ranges are updated.
func NewAdamW(c config.Train, length int, ranges []Range) *AdamW {
	return &AdamW{M: kernel.Floats(length), V: kernel.Floats(length), c: c, pieces: cut(ranges)}
}

// AdamWMemory returns the bytes of all arrays of the state that [NewAdamW] would return.
func AdamWMemory(length int, ranges []Range) int64 {
	return 2*4*int64(length) + kernel.Bytes(cut(ranges))
}

// cut cuts ranges into pieces.
func cut(ranges []Range) (pieces []Range) {
	for _, r := range ranges {
		for start := r.Start; start < r.End; start += pieceSize {
			pieces = append(pieces, Range{start, min(start+pieceSize, r.End), r.State + start - r.Start, r.Decay})
		}
	}
	return pieces
}

// A Parallel runs do(0) to do(n-1), in any order and in parallel, and returns when
// all are done.
type Parallel func(n int, do func(i int))

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
		state, end := p.State, p.State+p.End-p.Start
		kernel.AdamW(params[p.Start:p.End], o.M[state:end], o.V[state:end], grad[p.Start:p.End], s)
	})
}
