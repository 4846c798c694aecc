package gpt

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Model is a decoder and its parameters. Workspaces and decoders read it. After a
// change of Params, call Pack before any of them runs.
type Model struct {
	Config    Config    // resolved
	Params    []float32 // all tensors; see Tensors
	family    *family
	tensors   []Tensor
	length    int  // of Params
	inBlocks  Part // of Params, that of all blocks
	spec      wavelet.Spec
	operator  wavelet.Operator
	preNorm   bool      // norm = pre; else post
	rotary    *rotary   // position = rope
	sinusoids []float32 // position = sinusoidal: [context, width]

	wte, wpe  span
	embedNorm *norm    // after the embedding; nil: none
	first     *site    // likewise, an operator
	sites     [][]site // of every block; nil without any
	blocks    []block
	lnF       norm
	head      linear
}

// block is the layers of one decoder block.
type block struct {
	ln1, ln2                    norm
	attn, attnProj, fc, mlpProj linear
	mixer                       span // of the operator after the block; size 0: none
}

// layers lists the dense layers.
func (b *block) layers() [4]*linear {
	return [...]*linear{&b.attn, &b.attnProj, &b.fc, &b.mlpProj}
}

// New returns a model whose parameters are all zero. Call [Model.Init] for initial
// values.
func New(c Config) (*Model, error) {
	m, err := Outline(c)
	if err != nil {
		return nil, err
	}
	m.allocate()
	return m, nil
}

// allocate allocates the parameters and makes the tables of positions.
func (m *Model) allocate() {
	m.Params = kernel.Floats(m.length)
	m.makeTables()
}

func (m *Model) makeTables() {
	switch m.Config.Position {
	case "rope":
		m.rotary = newRotary(m)
	case "sinusoidal":
		m.sinusoids = sinusoids(m.Config)
	}
}

// Outline returns a model without its parameters. It has tensors, FLOPs and the
// count of its memory, but it cannot compute. It is small for any configuration.
func Outline(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	spec, err := wavelet.Parse(c.Mixer)
	if err != nil {
		return nil, fmt.Errorf("model.mixer: %w", err)
	}
	if err := spec.Check(c.Layers, c.Width, c.Heads, c.Context); err != nil {
		return nil, fmt.Errorf("model.mixer: %w", err)
	}
	c.Model = c.Model.Resolved()
	m := &Model{
		Config:   c,
		family:   families[c.Family],
		spec:     spec,
		operator: spec.New(c.Width, c.Context),
		preNorm:  c.Norm == "pre",
		blocks:   make([]block, c.Layers),
	}
	layout{c, m}.addAll()
	if int64(m.length) > MaxParameters { // learned kernels, which Validate does not count
		return nil, fmt.Errorf("the model would have %.3g parameters; at most %d are supported", float64(m.length), MaxParameters)
	}
	return m, nil
}

// Tensors lists the parameters in their order.
func (m *Model) Tensors() []Tensor { return m.tensors }

// Length is the length of Params, with the padding between tensors.
func (m *Model) Length() int { return m.length }

// Parameters is the number of parameters, without the padding between tensors.
func (m *Model) Parameters() int {
	n := 0
	for _, t := range m.tensors {
		n += t.Size()
	}
	return n
}

// Pack copies Params into the form that matrix products read.
func (m *Model) Pack() {
	m.PackIn(func(n int, do func(i int)) {
		for i := range n {
			do(i)
		}
	})
}

// PackIn is Pack in parts that may run at the same time: parallel calls do(0) to
// do(n-1), in any order, and returns when all are done.
func (m *Model) PackIn(parallel func(n int, do func(i int))) {
	parallel(len(m.blocks)+1, func(i int) {
		if i == len(m.blocks) {
			m.head.pack(m.Params)
			return
		}
		for _, l := range m.blocks[i].layers() {
			l.pack(m.Params)
		}
	})
}
