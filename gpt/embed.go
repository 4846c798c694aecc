package gpt

import (
	"math"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// embed computes the input of the first block: the embedding of each token, plus
// that of its position if positions are learned or sinusoidal.
func (w *Workspace) embed() {
	x := w.input(0)
	for t, token := range w.tokens {
		w.m.embedRow(x[t*w.m.Config.Width:], token, t)
	}
	w.drop(x, tokenRange{0, w.T}, 0)
}

// embedRow writes the embedding [width] of a token at a position.
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
	wte, wpe := grad.of(m.wte), grad.of(m.wpe)
	for t, token := range w.tokens {
		row := d[t*E : (t+1)*E]
		kernel.Add(wte[int(token)*E:][:E], row)
		if m.Config.Position == "learned" {
			kernel.Add(wpe[t*E:][:E], row)
		}
	}
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
