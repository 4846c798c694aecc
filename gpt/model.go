package gpt

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Model is a decoder and its parameters. Workspaces and decoders read it. After a
// change of Params, call Pack before any of them runs.
type Model struct {
	Config    Config
	Params    []float32 // all tensors; see Tensors
	tensors   []Tensor
	length    int // of Params
	spec      wavelet.Spec
	operator  wavelet.Operator
	preNorm   bool      // norm = pre; else post
	rotary    *rotary   // position = rope
	sinusoids []float32 // position = sinusoidal: [context, width]

	wte, wpe span
	first    *site    // behind the embedding; nil: none
	sites    [][]site // of every block; nil without any
	blocks   []block
	lnF      norm
	head     linear
}

// block is the layers of one decoder block.
type block struct {
	ln1, ln2                    norm
	attn, attnProj, fc, mlpProj linear
	mixer                       span // of the operator behind the block; size 0: none
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
		m.rotary = newRotary(m.Config)
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
	c.Mixer = spec.String()
	operator := spec.New(c.Width, c.Context)
	preNorm := c.Norm == "pre"
	tensors, length := layout(c, preNorm, spec, operator)
	if int64(length) > MaxParameters { // learned kernels, which Validate does not count
		return nil, fmt.Errorf("the model would have %.3g parameters; at most %d are supported", float64(length), MaxParameters)
	}
	m := &Model{
		Config:   c,
		tensors:  tensors,
		length:   length,
		spec:     spec,
		operator: operator,
		preNorm:  preNorm,
		blocks:   make([]block, c.Layers),
	}
	byName := make(map[string]Tensor, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	at := func(name string) span { // of size 0 if there is no such tensor
		t, ok := byName[name]
		if !ok {
			return span{}
		}
		return span{t.Offset, t.Size()}
	}
	normAt := func(name string) norm { return norm{at(name + ".weight"), at(name + ".bias"), c.Width} }
	linearAt := func(name string, in, out int) linear {
		return linear{weight: at(name + ".weight"), bias: at(name + ".bias"), in: in, out: out}
	}
	m.wte, m.wpe = at("transformer.wte.weight"), at("transformer.wpe.weight")
	for i := range m.blocks {
		h := fmt.Sprintf("transformer.h.%d.", i)
		m.blocks[i] = block{
			ln1: normAt(h + "ln_1"), ln2: normAt(h + "ln_2"),
			attn:     linearAt(h+"attn.c_attn", c.Width, 3*c.Width),
			attnProj: linearAt(h+"attn.c_proj", c.Width, c.Width),
			fc:       linearAt(h+"mlp.c_fc", c.Width, c.Hidden),
			mlpProj:  linearAt(h+"mlp.c_proj", c.Hidden, c.Width),
			mixer:    at(mixerName(i, "")),
		}
		if sites := sitesOf(c, spec, i); len(sites) > 0 {
			for j := range sites {
				sites[j].params = at(mixerName(i, sites[j].name))
			}
			if m.sites == nil {
				m.sites = make([][]site, c.Layers)
			}
			m.sites[i] = sites
		}
	}
	if spec.Stands(wavelet.AtEmbedding, 0, c.Layers) {
		s := embeddingSite(c, spec)
		s.params = at(embeddingMixerName)
		m.first = &s
	}
	m.lnF = normAt("transformer.ln_f")
	m.head = linear{weight: at("lm_head.weight"), in: c.Width, out: c.Vocabulary, transposed: true}
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

// Init sets every parameter to its initial value, as in GPT-2. Weights are normal
// with standard deviation 0.02, divided by sqrt(2 layers) for projections into the
// residual stream. With init = width, that of matrices is 1/sqrt(inputs) instead of
// 0.02; with init = zero, projections into the residual stream are zero. LayerNorm starts at 1 and 0, biases at 0, and an operator where
// [wavelet.Operator] says. A value depends only on seed, tensor name and index, so
// all variants share the initial values of the tensors that they have in common.
func (m *Model) Init(seed uint64) {
	concurrently(len(m.tensors), func(i int) { m.initTensor(m.tensors[i], seed) })
	m.PackIn(concurrently)
}

// concurrently calls do(0) to do(n-1), each in a separate goroutine.
func concurrently(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func (m *Model) initTensor(t Tensor, seed uint64) {
	p := t.Of(m.Params)
	switch {
	case strings.HasPrefix(t.Name, "mixer."):
		m.operatorOf(t).InitParams(p)
	case strings.HasSuffix(t.Name, ".bias"), m.Config.Init == "zero" && intoResidual(t):
		clear(p)
	case strings.Contains(t.Name, ".ln_"):
		for i := range p {
			p[i] = 1
		}
	default:
		std := m.deviation(t)
		name := fnv.New32a()
		name.Write([]byte(t.Name))
		r := rng.New(seed, rng.Init, name.Sum32())
		var normal [512]float64
		for from := 0; from < len(p); from += len(normal) {
			part := p[from:min(from+len(normal), len(p))]
			r.Normals(normal[:len(part)], uint64(from))
			for i := range part {
				part[i] = float32(std * normal[i])
			}
		}
	}
}

// deviation is the standard deviation of the initial values of a weight.
func (m *Model) deviation(t Tensor) float64 {
	std := 0.02
	if m.Config.Init == "width" && t.Decay { // a matrix
		inputs := t.Shape[0]
		if t.Name == "lm_head.weight" { // [out, in]
			inputs = t.Shape[1]
		}
		std = 1 / math.Sqrt(float64(inputs))
	}
	if intoResidual(t) {
		std /= math.Sqrt(2 * float64(m.Config.Layers))
	}
	return std
}

// intoResidual tells whether a tensor projects into the residual stream.
func intoResidual(t Tensor) bool { return strings.HasSuffix(t.Name, "c_proj.weight") }

// operatorOf is the operator that a tensor belongs to.
func (m *Model) operatorOf(t Tensor) wavelet.Operator {
	if t.Name == embeddingMixerName {
		return m.first.op
	}
	for i, sites := range m.sites {
		for _, s := range sites {
			if t.Name == mixerName(i, s.name) {
				return s.op
			}
		}
	}
	return m.operator
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
		b := &m.blocks[i]
		b.attn.pack(m.Params)
		b.attnProj.pack(m.Params)
		b.fc.pack(m.Params)
		b.mlpProj.pack(m.Params)
	})
}

// span locates a tensor in a flat array of parameters or gradients.
type span struct{ offset, size int }

func (s span) of(flat []float32) []float32 {
	return flat[s.offset : s.offset+s.size : s.offset+s.size]
}

// linear is a dense layer y = x W + bias.
type linear struct {
	weight, bias span // a bias of size 0 is none
	in, out      int
	transposed   bool // the weight is stored [out, in]
	packed       kernel.Matrix
}

func (l *linear) pack(params []float32) {
	if l.transposed {
		l.packed.PackTransposed(l.weight.of(params), l.in, l.out)
	} else {
		l.packed.Pack(l.weight.of(params), l.in, l.out)
	}
}

func (l *linear) forward(y, x, params []float32, rows int) {
	var bias []float32
	if l.bias.size > 0 {
		bias = l.bias.of(params)
	}
	kernel.Linear(y, x, &l.packed, bias, rows)
}

// backward computes dx and adds the gradients of weight and bias to grad. scratch
// is that of kernel.LinearWeight.
func (l *linear) backward(dx, dy, x []float32, grad gradient, scratch []float32, rows int) {
	l.backwardWeight(dy, x, grad, scratch, rows)
	l.backwardInput(dx, dy, rows)
}

func (l *linear) backwardInput(dx, dy []float32, rows int) {
	kernel.LinearInput(dx, dy, &l.packed, rows)
}

func (l *linear) backwardWeight(dy, x []float32, grad gradient, scratch []float32, rows int) {
	if l.transposed {
		kernel.LinearWeight(grad.of(l.weight), dy, x, scratch, rows, l.out, l.in)
	} else {
		kernel.LinearWeight(grad.of(l.weight), x, dy, scratch, rows, l.in, l.out)
	}
	if l.bias.size > 0 {
		kernel.LinearBias(grad.of(l.bias), dy, rows, l.out)
	}
}

// norm is a LayerNorm.
type norm struct {
	gain, bias span
	n          int
}

// normed is what the backward pass of a LayerNorm needs in addition to its input.
type normed struct{ mean, rstd []float32 }

func (s normed) of(r tokenRange) normed { return normed{r.of(s.mean, 1), r.of(s.rstd, 1)} }

func (l norm) forward(y, x []float32, s normed, params []float32, rows int) {
	kernel.LayerNorm(y, s.mean, s.rstd, x, l.gain.of(params), l.bias.of(params), rows, l.n)
}

// backward adds to dx and to the gradients of gain and bias in grad.
func (l norm) backward(dx, dy, x []float32, s normed, params []float32, grad gradient, rows int) {
	kernel.LayerNormGradient(dx, grad.of(l.gain), grad.of(l.bias), dy, x, s.mean, s.rstd, l.gain.of(params), rows, l.n)
}
