package gpt

import "github.com/waveletgpt/waveletgpt/wavelet"

// A Tensor is a named part of the parameters.
type Tensor struct {
	Name   string // that of the family, such as transformer.h.0.attn.c_attn.weight
	Shape  []int
	Offset int  // of its first element in the parameters
	Decay  bool // whether weight decay applies: to matrices of blocks and head
	// Columns are the widths of the weight matrices that stand side by side in a weight
	// of a block: of queries, keys and values, or of one. Others have none.
	Columns    []int
	Transposed bool // a weight is [out, in], as in torch.nn.Linear; else [in, out]

	kind kind
}

// A kind is what a tensor is for. It decides initial values and weight decay.
type kind uint8

const (
	table      kind = iota // of embeddings or positions, a row for each
	matrix                 // of a layer in a block
	projection             // likewise, of a layer whose output is added to the residual stream
	head
	gain
	bias
	ofOperator
)

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
	start, end := m.inBlocks.Start, m.inBlocks.End
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

// A layout adds tensors to the outline of a model, one behind the other, and makes the
// layers that read them.
type layout struct {
	Config
	m *Model
}

// addAll adds all tensors. The operator's come last, so that the parameters of a plain
// model are a prefix of those of a variant.
func (l layout) addAll() {
	m := l.m
	m.family.before(l)
	m.inBlocks.Start = m.length
	for i := range m.blocks {
		m.family.block(l, i)
	}
	m.inBlocks.End = m.length
	m.family.after(l)
	if m.spec.Stands(wavelet.AtEmbedding, 0, l.Layers) {
		s := embeddingSite(l.Config, m.spec)
		s.params = l.ofOperator(embeddingMixerName, s.op)
		m.first = &s
	}
	for i := range m.blocks {
		if sites := sitesOf(l.Config, m.spec, i); len(sites) > 0 {
			for j := range sites {
				sites[j].params = l.ofOperator(mixerName(i, sites[j].name), sites[j].op)
			}
			if m.sites == nil {
				m.sites = make([][]site, l.Layers)
			}
			m.sites[i] = sites
		}
		if m.spec.After(i, l.Layers) {
			m.blocks[i].mixer = l.ofOperator(mixerName(i, ""), m.operator)
		}
	}
}

// add adds a tensor. Each starts on a new cache line of 64 bytes, unless it is side by
// side with others.
func (l layout) add(t Tensor) span {
	t.Offset = l.m.length
	t.Decay = t.kind == matrix || t.kind == projection || t.kind == head
	l.m.tensors = append(l.m.tensors, t)
	l.m.length += (t.Size() + 15) / 16 * 16
	return span{t.Offset, t.Size()}
}

func (l layout) table(name string, rows int) span {
	return l.add(Tensor{Name: name, Shape: []int{rows, l.Width}, kind: table})
}

// ofOperator adds the parameters of an operator, if it has any.
func (l layout) ofOperator(name string, op wavelet.Operator) span {
	shape := op.ParamShape()
	if shape == nil {
		return span{}
	}
	return l.add(Tensor{Name: name, Shape: shape, kind: ofOperator})
}

func (l layout) layerNorm(name string) norm {
	return norm{
		gain: l.add(Tensor{Name: name + ".weight", Shape: []int{l.Width}, kind: gain}),
		bias: l.add(Tensor{Name: name + ".bias", Shape: []int{l.Width}, kind: bias}),
		n:    l.Width,
	}
}

// rmsNorm is an RMSNorm without parameters.
func (l layout) rmsNorm() norm { return norm{n: l.Width} }

// gainNorm is an RMSNorm with a gain.
func (l layout) gainNorm(name string) norm {
	return norm{gain: l.add(Tensor{Name: name, Shape: []int{l.Width}, kind: gain}), n: l.Width}
}

// conv1D adds a layer with bias whose weights are [in, out], as GPT-2 has them. columns
// are the widths of what stands side by side in its output.
func (l layout) conv1D(of kind, name string, in int, columns ...int) linear {
	out := 0
	for _, n := range columns {
		out += n
	}
	return linear{
		weight: l.add(Tensor{Name: name + ".weight", Shape: []int{in, out}, Columns: columns, kind: of}),
		bias:   l.add(Tensor{Name: name + ".bias", Shape: []int{out}, kind: bias}),
		in:     in, out: out,
	}
}

// named are some outputs of a layer, with the name of their weights.
type named struct {
	name string
	n    int
}

// linear adds a layer without bias whose weights are [out, in], as torch.nn.Linear has
// them. Several tensors are one matrix, so nothing is between them.
func (l layout) linear(of kind, in int, parts ...named) linear {
	all := linear{weight: span{offset: l.m.length}, in: in, transposed: true}
	for _, p := range parts {
		l.m.length = all.weight.offset + all.weight.size
		t := Tensor{Name: p.name, Shape: []int{p.n, in}, Transposed: true, kind: of}
		if of != head {
			t.Columns = []int{in}
		}
		all.weight.size += l.add(t).size
		all.out += p.n
	}
	l.m.length = all.weight.offset + (all.weight.size+15)/16*16
	return all
}
