package gpt

import (
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// tokenBlock is how many tokens go through the layers of a block together. What one
// layer writes is then still in cache when the next layer reads it.
const tokenBlock = 96

// tokenRange is n tokens of a sequence, starting at token `from`.
type tokenRange struct{ from, n int }

// of returns the rows of x [T, width] that belong to the tokens.
func (r tokenRange) of(x []float32, width int) []float32 {
	return x[r.from*width : (r.from+r.n)*width]
}

// eachBlock calls f for each block of tokens, in order.
func (w *Workspace) eachBlock(f func(r tokenRange)) {
	for from := 0; from < w.T; from += tokenBlock {
		f(tokenRange{from, min(tokenBlock, w.T-from)})
	}
}

// forwardBlock computes y, the output of block i. With norm = pre (GPT-2),
//
//	mid = x + attention(ln_1(x)),  y = mid + mlp(ln_2(mid))
//
// and with norm = post (the first GPT),
//
//	n = ln_1(x + attention(x)),  y = ln_2(n + mlp(n))
//
// An operator may stand at the inputs of attention and MLP, where the residual stream is
// not touched, or at queries, keys and values before their rotation.
//
// The outputs of norms and activations are not kept. The backward pass computes them
// again, which is faster than reading them from memory.
func (w *Workspace) forwardBlock(i int, y []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	c := m.Config
	E, row := c.Width, c.qkvWidth()
	in1, in2 := w.inputs(i)
	project := func(r tokenRange, in []float32) { b.attn.forward(r.of(a.qkv, row), in, m.Params, r.n) }
	w.eachBlock(func(r tokenRange) {
		in := r.of(a.x, E)
		if m.preNorm {
			b.ln1.forward(w.n, in, a.s1.of(r), m.Params, r.n)
			in = w.n
		}
		if in1 != nil {
			copy(r.of(in1, E), in)
		} else {
			project(r, in)
		}
	})
	if in1 != nil {
		w.mixAt(i, wavelet.AtAttention, in1, E)
		w.eachBlock(func(r tokenRange) { project(r, r.of(in1, E)) })
	}
	for _, at := range ofAttention {
		w.mixAt(i, at, a.qkv, row)
	}
	if m.rotary != nil {
		m.rotary.forward(a.qkv, a.rstd, row, w.T)
	}
	kernel.Attention(a.att, a.softmax, w.ofHeads(a.qkv), w.scratch, w.T, c.Heads, c.headSize())
	w.eachBlock(func(r tokenRange) {
		mid := r.of(a.mid, E)
		b.attnProj.forward(w.branch, r.of(a.att, E), m.Params, r.n)
		w.drop(w.branch, r, 2*i+1)
		kernel.Sum(mid, r.of(a.x, E), w.branch)
		w.inputOfMLP(i, r)
		if in2 != nil {
			copy(r.of(in2, E), w.n)
		} else {
			w.forwardMLP(i, r, w.n, y)
		}
	})
	if in2 != nil {
		w.mixAt(i, wavelet.AtMLP, in2, E)
		w.eachBlock(func(r tokenRange) {
			if !m.preNorm { // to which the MLP is added
				w.inputOfMLP(i, r)
			}
			w.forwardMLP(i, r, r.of(in2, E), y)
		})
	}
}

// ofAttention are the places within attention.
var ofAttention = []wavelet.Place{wavelet.AtQuery, wavelet.AtKey, wavelet.AtValue}

// backwardBlock replaces w.d, the gradient of block i's output, by the gradient of
// its input. Those of the operators' parameters go to mixers.
func (w *Workspace) backwardBlock(i int, grad, mixers gradient) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	c := m.Config
	E, row := c.Width, c.qkvWidth()
	in1, in2 := w.inputs(i)
	w.eachBlock(func(r tokenRange) {
		// in and dn: the input of the MLP and its gradient; dy: the gradient of the output.
		dy, in, dn := r.of(w.d, E), w.n, w.dn
		if !m.preNorm {
			dsum := w.dsum[:len(dy)]
			if in2 != nil {
				dsum = r.of(w.dres, E)
			}
			clear(dsum)
			b.ln2.backward(dsum, dy, r.of(a.sum, E), a.s2.of(r), m.Params, grad, r.n)
			dy = dsum
		}
		if in2 != nil {
			in, dn = r.of(in2, E), r.of(w.dmix, E)
		} else {
			w.inputOfMLP(i, r)
		}
		w.mlpGradient(i, r, dn, dy, in, grad)
		if in2 == nil {
			w.backwardToMid(i, r, dn, dy, grad)
		}
	})
	if in2 != nil {
		w.mixGradientAt(i, wavelet.AtMLP, w.dmix, E, mixers)
		w.eachBlock(func(r tokenRange) {
			dsum := w.dres
			if m.preNorm {
				dsum = w.d
			}
			w.backwardToMid(i, r, r.of(w.dmix, E), r.of(dsum, E), grad)
		})
	}
	w.attentionGradient(a)
	if m.rotary != nil {
		m.rotary.backward(w.dqkv, a.qkv, a.rstd, row, w.T)
	}
	for _, at := range ofAttention {
		w.mixGradientAt(i, at, w.dqkv, row, mixers)
	}
	w.eachBlock(func(r tokenRange) {
		in, dn := r.of(a.x, E), w.dn
		if in1 != nil {
			in, dn = r.of(in1, E), r.of(w.dmix, E)
		} else if m.preNorm {
			b.ln1.forward(w.n, in, a.s1.of(r), m.Params, r.n)
			in = w.n
		}
		b.attn.backward(dn, r.of(w.dqkv, row), in, grad, w.scratch, r.n)
		if in1 == nil {
			w.backwardToInput(i, r, dn, grad)
		}
	})
	if in1 != nil {
		w.mixGradientAt(i, wavelet.AtAttention, w.dmix, E, mixers)
		w.eachBlock(func(r tokenRange) { w.backwardToInput(i, r, r.of(w.dmix, E), grad) })
	}
}

// backwardToMid adds to w.d the gradient through the MLP, whose input has the gradient
// dn, and computes that of the heads' outputs, for the tokens r. With norm = post, dsum
// is the gradient of the second LayerNorm's input.
func (w *Workspace) backwardToMid(i int, r tokenRange, dn, dsum []float32, grad gradient) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	E := m.Config.Width
	d, mid := r.of(w.d, E), r.of(a.mid, E)
	dn = dn[:len(d)]
	if m.preNorm {
		b.ln2.backward(d, dn, mid, a.s2.of(r), m.Params, grad, r.n)
	} else {
		kernel.Add(dsum, dn)
		clear(d)
		b.ln1.backward(d, dsum, mid, a.s1.of(r), m.Params, grad, r.n)
	}
	b.attnProj.backward(r.of(w.datt, E), w.dropGradient(d, r, 2*i+1), r.of(a.att, E), grad, w.scratch, r.n)
}

// backwardToInput adds to w.d the gradient through attention, whose input has the
// gradient dn, for the tokens r.
func (w *Workspace) backwardToInput(i int, r tokenRange, dn []float32, grad gradient) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	d := r.of(w.d, m.Config.Width)
	if m.preNorm {
		b.ln1.backward(d, dn, r.of(a.x, m.Config.Width), a.s1.of(r), m.Params, grad, r.n)
	} else {
		kernel.Add(d, dn[:len(d)])
	}
}
