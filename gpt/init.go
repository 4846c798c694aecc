package gpt

import (
	"hash/fnv"
	"math"
	"sync"

	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// Init sets every parameter to its initial value, as in GPT-2. Weights are normal
// with standard deviation 0.02, divided by sqrt(2 layers) for projections into the
// residual stream; the nanochat family's own values have that for attention alone. With
// init = width, the deviation of matrices is 1/sqrt(inputs) instead of 0.02; with init =
// zero, projections into the residual stream are zero. LayerNorm starts at 1 and 0,
// biases at 0, and an operator where [wavelet.Operator] says. A value depends only on
// seed, tensor name and index, so all variants of a family share the initial values of
// the tensors that they have in common.
func (m *Model) Init(seed uint64) {
	concurrently(len(m.tensors), func(i int) { m.initTensor(m.tensors[i], seed) })
	m.PackIn(concurrently)
}

// concurrently calls do(0) to do(n-1), each in a separate goroutine.
func concurrently(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func (m *Model) initTensor(t Tensor, seed uint64) {
	p := t.Of(m.Params)
	switch {
	case t.kind == ofOperator:
		m.operatorOf(t).InitParams(p)
	case t.kind == bias, m.Config.Init == "zero" && t.kind == projection:
		clear(p)
	case t.kind == gain:
		for i := range p {
			p[i] = 1
		}
	default:
		std := m.deviation(t)
		name := fnv.New32a()
		name.Write([]byte(t.Name))
		r := rng.New(seed, rng.Init, name.Sum32())
		var normal [512]float64
		for from := 0; from < len(p); from += len(normal) {
			part := p[from:min(from+len(normal), len(p))]
			r.Normals(normal[:len(part)], uint64(from))
			for i := range part {
				part[i] = float32(std * normal[i])
			}
		}
	}
}

// deviation is the standard deviation of the initial values of a weight.
func (m *Model) deviation(t Tensor) float64 {
	std := 0.02
	if m.Config.Init == "width" && t.Decay { // a matrix
		inputs := t.Shape[0]
		if t.Transposed {
			inputs = t.Shape[1]
		}
		std = 1 / math.Sqrt(float64(inputs))
	}
	if t.kind == projection && (m.Config.Init != "" || m.family.ownScale(t.Name)) {
		std /= math.Sqrt(2 * float64(m.Config.Layers))
	}
	return std
}

// operatorOf is the operator that a tensor belongs to.
func (m *Model) operatorOf(t Tensor) wavelet.Operator {
	if t.Name == embeddingMixerName {
		return m.first.op
	}
	for i, sites := range m.sites {
		for _, s := range sites {
			if t.Name == mixerName(i, s.name) {
				return s.op
			}
		}
	}
	return m.operator
}
