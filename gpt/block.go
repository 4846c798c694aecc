package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

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
// The outputs of LayerNorm and GELU are not kept. The backward pass computes them
// again, which is faster than reading them from memory.
func (w *Workspace) forwardBlock(i int, y []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	c := m.Config
	E := c.Width
	w.eachBlock(func(r tokenRange) {
		x := r.of(a.x, E)
		if m.preNorm {
			b.ln1.forward(w.n, x, a.s1.of(r), m.Params, r.n)
			x = w.n
		}
		b.attn.forward(r.of(a.qkv, 3*E), x, m.Params, r.n)
	})
	if m.rotary != nil {
		m.rotary.rotate(a.qkv, w.T)
	}
	kernel.Attention(a.att, a.softmax, a.qkv, w.scratch, w.T, c.Heads, c.headSize())
	w.eachBlock(func(r tokenRange) {
		mid := r.of(a.mid, E)
		b.attnProj.forward(w.branch, r.of(a.att, E), m.Params, r.n)
		w.drop(w.branch, r, 2*i+1)
		kernel.Sum(mid, r.of(a.x, E), w.branch)
		if m.preNorm {
			b.ln2.forward(w.n, mid, a.s2.of(r), m.Params, r.n)
			w.mlp(i, r)
			kernel.Sum(r.of(y, E), mid, w.branch)
			return
		}
		b.ln1.forward(w.n, mid, a.s1.of(r), m.Params, r.n)
		w.mlp(i, r)
		sum := r.of(a.sum, E)
		kernel.Sum(sum, w.n, w.branch)
		b.ln2.forward(r.of(y, E), sum, a.s2.of(r), m.Params, r.n)
	})
}

// mlp computes the MLP of block i for the tokens r: from w.n into w.branch.
func (w *Workspace) mlp(i int, r tokenRange) {
	m, b := w.m, &w.m.blocks[i]
	fc := r.of(w.layers[i].fc, m.Config.Hidden)
	b.fc.forward(fc, w.n, m.Params, r.n)
	kernel.GELU(w.act[:len(fc)], fc)
	b.mlpProj.forward(w.branch, w.act, m.Params, r.n)
	w.drop(w.branch, r, 2*i+2)
}

// backwardBlock replaces w.d, the gradient of block i's output, by the gradient of
// its input.
func (w *Workspace) backwardBlock(i int, grad []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	c := m.Config
	E := c.Width
	w.eachBlock(func(r tokenRange) {
		d, mid := r.of(w.d, E), r.of(a.mid, E)
		if m.preNorm {
			b.ln2.forward(w.n, mid, a.s2.of(r), m.Params, r.n)
			w.mlpGradient(i, r, d, grad)
			b.ln2.backward(d, w.dn, mid, a.s2.of(r), m.Params, grad, r.n)
		} else {
			dsum := w.dsum[:len(d)]
			clear(dsum)
			b.ln2.backward(dsum, d, r.of(a.sum, E), a.s2.of(r), m.Params, grad, r.n)
			b.ln1.forward(w.n, mid, a.s1.of(r), m.Params, r.n)
			w.mlpGradient(i, r, dsum, grad)
			kernel.Add(dsum, w.dn)
			clear(d)
			b.ln1.backward(d, dsum, mid, a.s1.of(r), m.Params, grad, r.n)
		}
		b.attnProj.backward(r.of(w.datt, E), w.dropGradient(d, r, 2*i+1), r.of(a.att, E), grad, w.scratch, r.n)
	})
	kernel.AttentionGradient(w.dqkv, w.datt, a.qkv, a.softmax, w.scratch, w.T, c.Heads, c.headSize())
	if m.rotary != nil {
		m.rotary.rotateBack(w.dqkv, w.T)
	}
	w.eachBlock(func(r tokenRange) {
		d, dqkv, x := r.of(w.d, E), r.of(w.dqkv, 3*E), r.of(a.x, E)
		if m.preNorm {
			b.ln1.forward(w.n, x, a.s1.of(r), m.Params, r.n)
			b.attn.backward(w.dn, dqkv, w.n, grad, w.scratch, r.n)
			b.ln1.backward(d, w.dn, x, a.s1.of(r), m.Params, grad, r.n)
			return
		}
		b.attn.backward(w.dn, dqkv, x, grad, w.scratch, r.n)
		kernel.Add(d, w.dn)
	})
}

// mlpGradient computes w.dn, the gradient of the MLP's input w.n, for the tokens r.
// dy is the gradient of its output.
func (w *Workspace) mlpGradient(i int, r tokenRange, dy, grad []float32) {
	b := &w.m.blocks[i]
	fc := r.of(w.layers[i].fc, w.m.Config.Hidden)
	dy = w.dropGradient(dy, r, 2*i+2)
	b.mlpProj.backwardInput(w.dact, dy, r.n)
	kernel.GELUGradient(w.dact[:len(fc)], w.act, w.dact, fc)
	b.mlpProj.backwardWeight(dy, w.act, grad, w.scratch, r.n)
	b.fc.backward(w.dn, w.dact, w.n, grad, w.scratch, r.n)
}
