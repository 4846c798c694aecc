package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// Memory returns the bytes of all arrays of the model, once it is packed, and of one
// workspace. It does not allocate them, and works for an [Outline].
func (m *Model) Memory() (model, workspace int64) {
	tables := *m // the tables of positions are small, so they are made
	tables.makeTables()
	model = 4*int64(m.length) + kernel.Bytes(tables.sinusoids)
	if tables.rotary != nil {
		model += kernel.Bytes(tables.rotary.cos) + kernel.Bytes(tables.rotary.sin)
	}
	model += m.operator.Bytes() + kernel.Bytes(m.tensors) + kernel.Bytes(m.blocks)
	for i, t := range m.tensors {
		if i == 0 || &t.Shape[0] != &m.tensors[i-1].Shape[0] { // all mixers share one shape
			model += kernel.Bytes(t.Shape)
		}
	}
	for i := range m.blocks {
		b := &m.blocks[i]
		for _, l := range []*linear{&b.attn, &b.attnProj, &b.fc, &b.mlpProj} {
			model += kernel.MatrixBytes(l.in, l.out)
		}
	}
	model += kernel.MatrixBytes(m.head.in, m.head.out)

	var pool kernel.Pool
	w := m.newWorkspace(&pool)
	return model, pool.Bytes() + kernel.Bytes(w.layers)
}
