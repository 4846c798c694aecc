package optim

import (
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// Clip limits the global norm of a gradient, that of all parameters, whichever
// optimizer updates them.
type Clip struct {
	limit  float64
	pieces []Range
	sums   []float64 // of the squares of each piece
}

// NewClip returns the limit train.clip for the parameters in ranges.
func NewClip(c config.Train, ranges []Range) *Clip {
	pieces := cut(ranges)
	return &Clip{limit: c.Clip, pieces: pieces, sums: make([]float64, len(pieces))}
}

// ClipMemory returns the bytes of all arrays of the Clip that [NewClip] would return.
func ClipMemory(ranges []Range) int64 {
	pieces := cut(ranges)
	return kernel.Bytes(pieces) + 8*int64(len(pieces))
}

// Norm is the global norm of a gradient: the root of the sum of all squares.
func (c *Clip) Norm(grad []float32, parallel Parallel) float64 {
	parallel(len(c.pieces), func(i int) {
		c.sums[i] = kernel.SumOfSquares(grad[c.pieces[i].Start:c.pieces[i].End])
	})
	sum := 0.0
	for _, s := range c.sums {
		sum += s
	}
	return math.Sqrt(sum)
}

// Scale is the factor for a gradient that limits its norm to train.clip:
// min(1, clip / (norm + 1e-6)), or 1 if clip is 0.
func (c *Clip) Scale(norm float64) float64 {
	if c.limit == 0 {
		return 1
	}
	return min(1, c.limit/(norm+1e-6))
}
