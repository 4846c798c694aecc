package gpt

import (
	"math"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// rotary rotates queries and keys by an angle that grows with the position, so that
// their product depends on the distance (Su et al., "RoFormer", 2021). As in Llama,
// channel i of a head forms a pair with channel i + size/2, which is rotated by
// t / 10000^(2i/size). An RMSNorm of every head may follow, see [family].
type rotary struct {
	heads, size int // heads of queries, then of keys, at the front of each row
	norms       int // heads with a norm: all or none
	direction   float32
	cos, sin    []float32 // [context, size/2]
}

func newRotary(m *Model) *rotary {
	c := m.Config
	r := &rotary{heads: c.Heads + c.kvHeads(), size: c.headSize(), norms: m.headNorms(), direction: m.family.direction}
	for t := range c.Context {
		for i := range r.size / 2 {
			angle := float64(t) / math.Pow(10000, float64(2*i)/float64(r.size))
			r.cos = append(r.cos, float32(math.Cos(angle)))
			r.sin = append(r.sin, float32(math.Sin(angle)))
		}
	}
	return r
}

// headNorms is the number of heads of a row that have a norm behind their rotation.
func (m *Model) headNorms() int {
	if !m.family.headNorm {
		return 0
	}
	return m.Config.Heads + m.Config.kvHeads()
}

// forward rotates the queries and keys of T rows of some stride, at positions 0 to T-1.
func (r *rotary) forward(qkv, rstd []float32, stride, T int) {
	for t := range T {
		r.row(qkv[t*stride:], rstd[t*r.norms:], t)
	}
}

// row rotates those of one row.
func (r *rotary) row(qkv, rstd []float32, position int) {
	cos, sin := r.angles(position)
	if r.norms > 0 {
		kernel.RotateNorm(qkv, rstd, cos, sin, r.heads, r.size, rmsEpsilon, r.direction)
	} else {
		kernel.Rotate(qkv, cos, sin, r.heads, r.size, r.direction)
	}
}

// backward replaces the gradient of forward's output qkv by that of its input.
func (r *rotary) backward(dqkv, qkv, rstd []float32, stride, T int) {
	for t := range T {
		cos, sin := r.angles(t)
		if d := dqkv[t*stride:]; r.norms > 0 {
			kernel.RotateNormGradient(d, qkv[t*stride:], rstd[t*r.norms:], cos, sin, r.heads, r.size, r.direction)
		} else { // the transpose of a rotation is its inverse
			kernel.Rotate(d, cos, sin, r.heads, r.size, -r.direction)
		}
	}
}

func (r *rotary) angles(position int) (cos, sin []float32) {
	half := r.size / 2
	return r.cos[position*half:][:half], r.sin[position*half:][:half]
}
