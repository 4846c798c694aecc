package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// forwardBlock computes y, the output of block i. With norm = pre (GPT-2),
//
//	mid = x + attention(ln_1(x)),  y = mid + mlp(ln_2(mid))
//
// and with norm = post (the first GPT),
//
//	n = ln_1(x + attention(x)),  y = ln_2(n + mlp(n))
func (w *Workspace) forwardBlock(i int, y []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	n := w.T * m.Config.Width
	if m.Config.Norm == "pre" {
		b.ln1.forward(a.n1, a.x, a.s1, m.Params, w.T)
		w.attention(i, a.n1)
		kernel.Sum(a.mid[:n], a.x, w.branch)
		b.ln2.forward(a.n2, a.mid, a.s2, m.Params, w.T)
		w.mlp(i, a.n2)
		kernel.Sum(y[:n], a.mid, w.branch)
		return
	}
	w.attention(i, a.x)
	kernel.Sum(a.mid[:n], a.x, w.branch)
	b.ln1.forward(a.n1, a.mid, a.s1, m.Params, w.T)
	w.mlp(i, a.n1)
	kernel.Sum(a.n2[:n], a.n1, w.branch)
	b.ln2.forward(y, a.n2, a.s2, m.Params, w.T)
}

// backwardBlock turns w.d, the gradient of block i's output, into that of its
// input.
func (w *Workspace) backwardBlock(i int, grad []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	n := w.T * m.Config.Width
	if m.Config.Norm == "pre" {
		w.mlpGradient(i, a.n2, w.d, grad)
		b.ln2.backward(w.d, w.dn, a.mid, a.s2, m.Params, grad, w.T)
		w.attentionGradient(i, a.n1, w.d, grad)
		b.ln1.backward(w.d, w.dn, a.x, a.s1, m.Params, grad, w.T)
		return
	}
	sum := w.out
	clear(sum[:n])
	b.ln2.backward(sum, w.d, a.n2, a.s2, m.Params, grad, w.T)
	w.mlpGradient(i, a.n1, sum, grad)
	kernel.Add(sum[:n], w.dn)
	clear(w.d[:n])
	b.ln1.backward(w.d, sum, a.mid, a.s1, m.Params, grad, w.T)
	w.attentionGradient(i, a.x, w.d, grad)
	kernel.Add(w.d[:n], w.dn)
}

// attention leaves in w.branch what the attention of block i adds to the
// residual stream.
func (w *Workspace) attention(i int, x []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	b.attn.forward(a.qkv, x, m.Params, w.T)
	if m.rotary != nil {
		m.rotary.rotate(a.qkv, w.T)
	}
	kernel.Attention(a.att, a.logsum, a.qkv, w.scratch, w.T, m.Config.Heads, m.Config.headSize())
	b.attnProj.forward(w.branch, a.att, m.Params, w.T)
	w.drop(w.branch, 2*i+1)
}

// attentionGradient leaves in w.dn the gradient of attention's input x, from
// dy, that of its output.
func (w *Workspace) attentionGradient(i int, x, dy, grad []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	dbranch := w.dropGradient(dy, 2*i+1)
	b.attnProj.backward(w.dn, dbranch, a.att, grad, w.scratch, w.T)
	kernel.AttentionGradient(w.dqkv, w.dn, a.qkv, a.att, a.logsum, w.scratch, w.T, m.Config.Heads, m.Config.headSize())
	if m.rotary != nil {
		m.rotary.rotateBack(w.dqkv, w.T)
	}
	b.attn.backward(w.dn, w.dqkv, x, grad, w.scratch, w.T)
}

// mlp leaves in w.branch what the MLP of block i adds to the residual stream.
func (w *Workspace) mlp(i int, x []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	b.fc.forward(a.fc, x, m.Params, w.T)
	kernel.GELU(a.act[:w.T*m.Config.Hidden], a.fc)
	b.mlpProj.forward(w.branch, a.act, m.Params, w.T)
	w.drop(w.branch, 2*i+2)
}

// mlpGradient leaves in w.dn the gradient of the MLP's input x, from dy, that
// of its output.
func (w *Workspace) mlpGradient(i int, x, dy, grad []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	dbranch := w.dropGradient(dy, 2*i+2)
	b.mlpProj.backward(w.dhidden, dbranch, a.act, grad, w.scratch, w.T)
	kernel.GELUGradient(w.dhidden[:w.T*m.Config.Hidden], w.dhidden, a.fc)
	b.fc.backward(w.dn, w.dhidden, x, grad, w.scratch, w.T)
}
