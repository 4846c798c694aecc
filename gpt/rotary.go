package gpt

import (
	"math"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// rotary rotates queries and keys by an angle that grows with the position, so that
// their product depends on the distance (Su et al., "RoFormer", 2021). As in Llama,
// channel i of a head forms a pair with channel i + size/2, which is rotated by
// t / 10000^(2i/size).
type rotary struct {
	heads, size int
	cos, sin    []float32 // [context, size/2]
}

func newRotary(c Config) *rotary {
	r := &rotary{heads: c.Heads, size: c.headSize()}
	for t := range c.Context {
		for i := range r.size / 2 {
			angle := float64(t) / math.Pow(10000, float64(2*i)/float64(r.size))
			r.cos = append(r.cos, float32(math.Cos(angle)))
			r.sin = append(r.sin, float32(math.Sin(angle)))
		}
	}
	return r
}

// rotate rotates the queries and keys of qkv [T, 3 width], positions 0 to T-1.
func (r *rotary) rotate(qkv []float32, T int) {
	for t := range T {
		r.rotateRow(qkv[t*3*r.heads*r.size:], t, 1)
	}
}

// rotateBack computes the gradient of rotate: the transpose of a rotation is its
// inverse.
func (r *rotary) rotateBack(dqkv []float32, T int) {
	for t := range T {
		r.rotateRow(dqkv[t*3*r.heads*r.size:], t, -1)
	}
}

// rotateRow rotates one row by direction (1 or -1) times its angles: the heads of the
// queries, then of the keys.
func (r *rotary) rotateRow(row []float32, position int, direction float32) {
	at := position * r.size / 2
	kernel.Rotate(row, r.cos[at:], r.sin[at:], 2*r.heads, r.size, direction)
}
