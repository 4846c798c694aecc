package train

import (
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/optim"
)

// A division says which optimizer updates which tensors. Their offsets are those in the
// state of the optimizer, which has no room for the tensors of the other.
type division struct {
	adamw, muon       []gpt.Tensor
	moments, momentum int           // lengths of the arrays of AdamW and of Muon
	all               []optim.Range // every tensor, for the norm
	ranges            []optim.Range // AdamW's
	matrices          []optim.Matrix
}

// divide gives the weight matrices of the blocks to Muon, if that is the optimizer, and
// every other tensor to AdamW.
func divide(c config.Train, m *gpt.Model) (d division) {
	for _, t := range m.Tensors() {
		whole := optim.Range{Start: t.Offset, End: t.Offset + t.Size(), State: t.Offset, Decay: t.Decay}
		d.all = append(d.all, whole)
		if c.Optimizer != "muon" {
			continue
		}
		state := t
		if t.Columns == nil {
			state.Offset = d.moments
			whole.State = d.moments
			d.adamw, d.ranges = append(d.adamw, state), append(d.ranges, whole)
			d.moments += t.Size()
			continue
		}
		state.Offset = d.momentum
		d.muon = append(d.muon, state)
		column, stride := 0, t.Shape[1]
		for _, n := range t.Columns {
			d.matrices = append(d.matrices, optim.Matrix{
				Start: t.Offset + column, State: d.momentum + column, Rows: t.Shape[0], Columns: n, Stride: stride, Transposed: t.Transposed, Decay: t.Decay,
			})
			column += n
		}
		d.momentum += t.Size()
	}
	if c.Optimizer != "muon" {
		d.adamw, d.ranges, d.moments = m.Tensors(), d.all, m.Length()
	}
	return d
}

// memory returns the bytes of the optimizers of a division, for so many workers.
func (d division) memory(workers int) int64 {
	sum := optim.ClipMemory(d.all) + optim.AdamWMemory(d.moments, d.ranges)
	if d.muon != nil {
		sum += optim.MuonMemory(d.momentum, d.matrices, workers) + kernel.Bytes(d.adamw) + kernel.Bytes(d.muon)
	}
	return sum
}
