package gpt

import (
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Tensor is a named part of the parameters.
type Tensor struct {
	Name   string // GPT-2's, such as transformer.h.0.attn.c_attn.weight
	Shape  []int
	Offset int  // of its first element in the parameters, a multiple of 16
	Decay  bool // whether weight decay applies: to matrices of blocks and head
	// Columns are the widths of the weight matrices [in, out] that stand side by side in
	// a weight of a block: of queries, keys and values, or of one. Others have none.
	Columns []int
}

// Size is the number of elements.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Of returns the elements of the tensor in parameters, gradients or moments.
func (t Tensor) Of(flat []float32) []float32 {
	end := t.Offset + t.Size()
	return flat[t.Offset:end:end]
}

// A Part is a range of the parameters, Start to End-1, whose gradients are complete at
// the same time, see [Workspace.BackwardParts].
type Part struct{ Start, End int }

// Size is the length of the range.
func (p Part) Size() int { return p.End - p.Start }

// Parts cuts the parameters into parts: the embeddings, each block, and what follows
// the blocks. All blocks have the same size.
func (m *Model) Parts() []Part {
	start := m.blocks[0].ln1.gain.offset
	end := m.head.weight.offset
	if m.preNorm {
		end = m.lnF.gain.offset
	}
	parts := append(make([]Part, 0, len(m.blocks)+2), Part{0, start})
	for size := (end - start) / len(m.blocks); start < end; start += size {
		parts = append(parts, Part{start, start + size})
	}
	return append(parts, Part{end, m.length})
}

// gradient is the gradient of the part of the parameters that begins at start.
type gradient struct {
	values []float32
	start  int
}

func (g gradient) of(s span) []float32 {
	if s.size == 0 {
		return nil
	}
	return span{s.offset - g.start, s.size}.of(g.values)
}

// layout lists the tensors of a model in order, and returns the length of the
// parameters with the padding between tensors. The operator's tensors come last, so
// that the parameters of a plain model are a prefix of those of a variant.
func layout(c Config, preNorm bool, spec wavelet.Spec, operator wavelet.Operator) (tensors []Tensor, length int) {
	add := func(name string, shape ...int) {
		t := Tensor{Name: name, Shape: shape, Offset: length}
		t.Decay = len(shape) == 2 && (strings.HasPrefix(name, "transformer.h.") || name == "lm_head.weight")
		tensors = append(tensors, t)
		// Every tensor starts on a new cache line of 64 bytes.
		length += (t.Size() + 15) / 16 * 16
	}
	pair := func(name string, shape ...int) {
		add(name+".weight", shape...)
		add(name+".bias", shape[len(shape)-1])
	}
	layer := func(name string, in int, columns ...int) {
		out := 0
		for _, n := range columns {
			out += n
		}
		weight := len(tensors)
		pair(name, in, out)
		tensors[weight].Columns = columns
	}
	add("transformer.wte.weight", c.Vocabulary, c.Width)
	if c.Position == "learned" {
		add("transformer.wpe.weight", c.Context, c.Width)
	}
	for i := range c.Layers {
		h := fmt.Sprintf("transformer.h.%d.", i)
		pair(h+"ln_1", c.Width)
		layer(h+"attn.c_attn", c.Width, c.Width, c.Width, c.Width)
		layer(h+"attn.c_proj", c.Width, c.Width)
		pair(h+"ln_2", c.Width)
		layer(h+"mlp.c_fc", c.Width, c.Hidden)
		layer(h+"mlp.c_proj", c.Hidden, c.Width)
	}
	if preNorm {
		pair("transformer.ln_f", c.Width)
	}
	add("lm_head.weight", c.Vocabulary, c.Width)
	mixer := func(name string, op wavelet.Operator) {
		if shape := op.ParamShape(); shape != nil {
			add(name, shape...)
		}
	}
	if spec.Stands(wavelet.AtEmbedding, 0, c.Layers) {
		mixer(embeddingMixerName, embeddingSite(c, spec).op)
	}
	for i := range c.Layers {
		for _, s := range sitesOf(c, spec, i) {
			mixer(mixerName(i, s.name), s.op)
		}
		if spec.After(i, c.Layers) {
			mixer(mixerName(i, ""), operator)
		}
	}
	return tensors, length
}
