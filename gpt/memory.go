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
	for _, t := range m.tensors {
		model += kernel.Bytes(t.Shape) + kernel.Bytes(t.Columns)
	}
	model += kernel.Bytes(m.sites)
	if m.first != nil {
		model += m.first.bytes()
	}
	for i := range m.sites {
		model += kernel.Bytes(m.sites[i])
		for j := range m.sites[i] {
			model += m.sites[i][j].bytes()
		}
	}
	for i := range m.blocks {
		for _, l := range m.blocks[i].layers() {
			model += kernel.MatrixBytes(l.in, l.out)
		}
	}
	model += kernel.MatrixBytes(m.head.in, m.head.out)

	var pool kernel.Pool
	w := m.newWorkspace(&pool)
	workspace = pool.Bytes() + kernel.Bytes(w.layers) + kernel.Bytes(w.kept) + kernel.Bytes(w.placed)
	for i := range w.placed {
		workspace += kernel.Bytes(w.placed[i].kept)
		for _, kept := range w.placed[i].kept {
			workspace += kernel.Bytes(kept)
		}
	}
	return model, workspace
}
