package rng

import (
	"math"
	"math/bits"
)

// Purpose separates the numbers of one use from those of the others.
type Purpose uint32

// The values are part of the meaning of a run: changing one changes the results of
// every run.
const (
	Init     Purpose = 1 // initial weights; step is a hash of the tensor's name
	Windows  Purpose = 2 // positions of training windows
	Dropout  Purpose = 3 // dropout masks
	Sampling Purpose = 4 // sampling from a trained model; step is the stream

	Transposition Purpose = 5 // of training windows of music
	Search        Purpose = 6 // settings of a random search; step is the setting
)

// A Stream is the sequence of numbers of one (seed, purpose, step). Its methods
// take an index and may be called in any order, and concurrently.
type Stream struct {
	key     [2]uint32
	purpose uint32
	step    uint32
}

// New returns the stream of a purpose at a step.
func New(seed uint64, purpose Purpose, step uint32) Stream {
	return Stream{
		key:     [2]uint32{uint32(seed), uint32(seed >> 32)},
		purpose: uint32(purpose),
		step:    step,
	}
}

func (s Stream) words(index uint64) (w0, w1, w2, w3 uint32) {
	return philox(uint32(index), uint32(index>>32), s.step, s.purpose, s.key[0], s.key[1])
}

// Uint64 returns 64 uniform bits.
func (s Stream) Uint64(index uint64) uint64 {
	w0, w1, _, _ := s.words(index)
	return uint64(w1)<<32 | uint64(w0)
}

// Uint64n returns a number in [0, n). n must be positive. It is the high word
// of a 128-bit product; the bias is below n/2^64, which is negligible.
func (s Stream) Uint64n(index, n uint64) uint64 {
	hi, _ := bits.Mul64(s.Uint64(index), n)
	return hi
}

// Float64 returns a number in [0, 1), a multiple of 2^-53.
func (s Stream) Float64(index uint64) float64 {
	return float64(s.Uint64(index)>>11) * 0x1p-53
}

// Normal returns a number from the standard normal distribution, by the method of
// Box and Muller.
func (s Stream) Normal(index uint64) float64 {
	var x [1]float64
	s.Normals(x[:], index)
	return x[0]
}

// Normals sets x to the normal numbers from an index on. It is faster than as many
// calls of Normal: a processor can compute several logarithms at a time, if they do
// not stand between other work.
func (s Stream) Normals(x []float64, index uint64) {
	var angles [64]float64
	for len(x) > 0 {
		n := min(len(x), len(angles))
		part, angles := x[:n], angles[:n]
		for i := range part {
			w0, w1, _, _ := s.words(index + uint64(i))
			// (word + 1/2) / 2^32 is never 0, so the logarithm is finite.
			part[i] = (float64(w0) + 0.5) * 0x1p-32
			angles[i] = 2 * math.Pi * ((float64(w1) + 0.5) * 0x1p-32)
		}
		for i, u := range part {
			part[i] = -2 * math.Log(u)
		}
		for i, a := range angles {
			part[i] = math.Sqrt(part[i]) * math.Cos(a)
		}
		x, index = x[n:], index+uint64(n)
	}
}
