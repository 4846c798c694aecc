package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// inputOfMLP computes w.n, what the MLP of block i reads where no operator stands, for
// the tokens r.
func (w *Workspace) inputOfMLP(i int, r tokenRange) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	if m.preNorm {
		b.ln2.forward(w.n, r.of(a.mid, m.Config.Width), a.s2.of(r), m.Params, r.n)
	} else {
		b.ln1.forward(w.n, r.of(a.mid, m.Config.Width), a.s1.of(r), m.Params, r.n)
	}
}

// forwardMLP computes the block's output y for the tokens r from the input of the MLP.
// With norm = post, w.n is what the MLP is added to.
func (w *Workspace) forwardMLP(i int, r tokenRange, in, y []float32) {
	m, a, b := w.m, &w.layers[i], &w.m.blocks[i]
	E := m.Config.Width
	fc, hidden := r.of(a.fc, b.fc.out), m.Config.Hidden
	b.fc.forward(fc, in, m.Params, r.n)
	m.family.activation.forward(w.act[:r.n*hidden], fc, hidden)
	b.mlpProj.forward(w.branch, w.act, m.Params, r.n)
	w.drop(w.branch, r, 2*i+2)
	if m.preNorm {
		kernel.Sum(r.of(y, E), r.of(a.mid, E), w.branch)
		return
	}
	sum := r.of(a.sum, E)
	kernel.Sum(sum, w.n, w.branch)
	b.ln2.forward(r.of(y, E), sum, a.s2.of(r), m.Params, r.n)
}

// mlpGradient computes dn, the gradient of the MLP's input n, for the tokens r. dy is the
// gradient of its output.
func (w *Workspace) mlpGradient(i int, r tokenRange, dn, dy, n []float32, grad gradient) {
	b, hidden := &w.m.blocks[i], w.m.Config.Hidden
	fc, dfc := r.of(w.layers[i].fc, b.fc.out), w.dact
	if w.dfc != nil {
		dfc = w.dfc
	}
	dy = w.dropGradient(dy, r, 2*i+2)
	b.mlpProj.backwardInput(w.dact, dy, r.n)
	w.m.family.activation.gradient(dfc[:len(fc)], w.act, w.dact, fc, hidden)
	b.mlpProj.backwardWeight(dy, w.act, grad, w.scratch, r.n)
	b.fc.backward(dn, dfc, n, grad, w.scratch, r.n)
}
