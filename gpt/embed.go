package gpt

import (
	"math"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// embed computes the input of the first block: the embedding of each token, plus
// that of its position if positions are learned or sinusoidal, behind a norm if the
// family has one there.
func (w *Workspace) embed() {
	m, x := w.m, w.input(0)
	for t, token := range w.tokens {
		m.embedRow(x[t*m.Config.Width:], token, t)
	}
	if m.embedNorm != nil {
		m.embedNorm.forward(x, x, w.embedded, m.Params, w.T)
	}
	w.drop(x, tokenRange{0, w.T}, 0)
}

// embedRow writes the embedding [width] of a token at a position, without its norm.
func (m *Model) embedRow(x []float32, token uint16, position int) {
	E := m.Config.Width
	x = x[:E]
	copy(x, m.wte.of(m.Params)[int(token)*E:])
	switch m.Config.Position {
	case "learned":
		kernel.Add(x, m.wpe.of(m.Params)[position*E:])
	case "sinusoidal":
		kernel.Add(x, m.sinusoids[position*E:])
	}
}

// embedGradient adds the gradient of the embeddings, from w.d.
func (w *Workspace) embedGradient(grad gradient) {
	m := w.m
	E := m.Config.Width
	d := w.d
	w.drop(d, tokenRange{0, w.T}, 0)
	if m.embedNorm != nil {
		d = w.embedNormGradient(d, grad)
	}
	wte, wpe := grad.of(m.wte), grad.of(m.wpe)
	for t, token := range w.tokens {
		row := d[t*E : (t+1)*E]
		kernel.Add(wte[int(token)*E:][:E], row)
		if m.Config.Position == "learned" {
			kernel.Add(wpe[t*E:][:E], row)
		}
	}
}

// embedNormGradient returns the gradient of what the norm after the embedding reads,
// from that of its output.
func (w *Workspace) embedNormGradient(dy []float32, grad gradient) []float32 {
	m, dx := w.m, w.out
	E := m.Config.Width
	clear(dx[:w.T*E])
	w.eachBlock(func(r tokenRange) {
		for t := range r.n {
			m.embedRow(w.n[t*E:], w.tokens[r.from+t], r.from+t)
		}
		m.embedNorm.backward(r.of(dx, E), r.of(dy, E), w.n, w.embedded.of(r), m.Params, grad, r.n)
	})
	return dx
}

// sinusoids is the table [context, width] of "Attention Is All You Need"
// (Vaswani et al. 2017, section 3.5): channels 2i and 2i+1 hold sine and
// cosine of t / 10000^(2i/width).
func sinusoids(c Config) []float32 {
	table := make([]float32, c.Context*c.Width)
	for t := range c.Context {
		for i := range c.Width {
			angle := float64(t) / math.Pow(10000, float64(i/2*2)/float64(c.Width))
			if i%2 == 0 {
				table[t*c.Width+i] = float32(math.Sin(angle))
			} else {
				table[t*c.Width+i] = float32(math.Cos(angle))
			}
		}
	}
	return table
}
