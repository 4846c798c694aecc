package gpt

import (
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// A Workspace computes one sequence at a time. It holds the activations that the
// backward pass reads, and must be used by one goroutine at a time.
type Workspace struct {
	m        *Model
	T        int      // length of the current sequence
	tokens   []uint16 // their ids
	noise    *Noise
	bypassed []Bypassed

	layers   []activations
	embedded normed    // of the norm after the embedding, if there is one
	last     []float32 // [T, width] the output of the last block and its operator
	lnF      normed
	final    []float32 // [T, width] the head's input
	logits   []float32 // [T, vocabulary]
	losses   []float32 // [T]

	// Scratch, [T, width] unless said otherwise.
	out         []float32 // a block's output before its operator; later its gradient
	d           []float32 // the gradient of the residual stream
	datt        []float32 // the gradient of the heads' outputs
	dqkv        []float32 // [T, width of qkv]
	wide, dwide []float32 // [T, 3 width] keys and values of every head, and the gradient; nil if no heads share them
	scratch     []float32 // of kernels: attention, gradients of weights

	// Of operators at the inputs and in attention; nil without them.
	mixIn, mixOut []float32         // the channels of a site, before and after
	dmix, dres    []float32         // gradients of a mixed input and, with norm = post, of what it is added to
	kept          [][]float32       // of the site after the embedding
	placed        []siteActivations // of every block

	// Scratch of one block of tokens, [tokenBlock, width] unless said otherwise.
	n, dn     []float32 // output of a LayerNorm, and its gradient
	branch    []float32 // a residual branch, and its gradient
	dsum      []float32 // norm = post: the gradient before the second LayerNorm
	act, dact []float32 // [tokenBlock, hidden] output of the activation, and its gradient
	dfc       []float32 // the gradient of its input, if that has gates; else in dact
}

// activations of one block, [T, width] unless said otherwise.
type activations struct {
	x       []float32 // the block's input
	s1, s2  normed
	qkv     []float32 // [T, width of qkv] queries, keys and values as attention reads them
	rstd    []float32 // of the norm of every head of queries and keys, if there is one
	att     []float32 // the heads' outputs
	softmax []float32 // [heads, 2, T] of attention
	mid     []float32 // the residual stream between attention and MLP
	fc      []float32 // [T, hidden] before the activation, or twice that with gates
	sum     []float32 // norm = post: the second LayerNorm's input; else nil
	y       []float32 // the output, if a learned operator reads it again; else nil
}

// siteActivations are the activations of the sites of one block.
type siteActivations struct {
	in1, in2 []float32     // [T, width] what attention and MLP read, if an operator stands there; else nil
	kept     [][][]float32 // of every site
}

// NewWorkspace returns a workspace for sequences of up to Config.Context
// tokens.
func (m *Model) NewWorkspace() *Workspace {
	var pool kernel.Pool
	m.newWorkspace(&pool)
	return m.newWorkspace(pool.Filled())
}

func (m *Model) newWorkspace(pool *kernel.Pool) *Workspace {
	c := m.Config
	T := c.Context
	floats := func(n int) []float32 { return pool.Take(T * n) }
	few := func(n int) []float32 { return pool.Take(min(T, tokenBlock) * n) }
	stats := func() normed { return normed{floats(1), floats(1)} }
	w := &Workspace{
		m: m, layers: make([]activations, c.Layers), last: floats(c.Width),
		lnF: stats(), final: floats(c.Width), logits: floats(c.Vocabulary), losses: floats(1),
		out: floats(c.Width), d: floats(c.Width), datt: floats(c.Width), dqkv: floats(c.qkvWidth()),
		n: few(c.Width), dn: few(c.Width), branch: few(c.Width), dsum: few(c.Width), act: few(c.Hidden), dact: few(c.Hidden),
		scratch: pool.Take(max(
			kernel.AttentionScratch(T, c.headSize()),
			kernel.WeightScratch(max(c.Width, c.Hidden), max(3*c.Width, c.Hidden)), // of [out, in] less
		)),
	}
	if m.embedNorm != nil {
		w.embedded = stats()
	}
	if m.family.gated {
		w.dfc = few(2 * c.Hidden)
	}
	if c.grouped() {
		w.wide, w.dwide = floats(3*c.Width), floats(3*c.Width)
	}
	for i := range w.layers {
		w.layers[i] = activations{
			x: floats(c.Width), s1: stats(), s2: stats(),
			qkv: floats(c.qkvWidth()), rstd: floats(m.headNorms()), att: floats(c.Width), softmax: floats(2 * c.Heads),
			mid: floats(c.Width), fc: floats(m.blocks[i].fc.out),
		}
		if !m.preNorm {
			w.layers[i].sum = floats(c.Width)
		}
		if m.blocks[i].mixer.size > 0 {
			w.layers[i].y = floats(c.Width)
		}
	}
	w.allocateSites(pool, T)
	return w
}

// Forward computes what Loss and then Backward need, for 1 to Config.Context tokens. A
// nil noise means no dropout.
func (w *Workspace) Forward(tokens []uint16, noise *Noise) {
	m := w.m
	w.T, w.tokens, w.noise = len(tokens), tokens, noise
	w.embed()
	if m.first != nil {
		w.mix(Embedding, m.first, w.kept, w.input(0), m.Config.Width)
	}
	for i := range w.layers {
		next := w.input(i + 1)
		if m.spec.After(i, len(w.layers)) {
			y := w.out
			if w.layers[i].y != nil {
				y = w.layers[i].y
			}
			w.forwardBlock(i, y)
			m.operator.Forward(next, y, m.blocks[i].mixer.of(m.Params), w.T)
			w.copyBypassed(i, next, y)
		} else {
			w.forwardBlock(i, next)
		}
	}
	hidden := w.last
	if m.preNorm {
		m.lnF.forward(w.final, w.last, w.lnF, m.Params, w.T)
		hidden = w.final
	}
	m.head.forward(w.logits, hidden, m.Params, w.T)
}

// input is the input of block i or, after the last block, of the head.
func (w *Workspace) input(i int) []float32 {
	if i == len(w.layers) {
		return w.last
	}
	return w.layers[i].x
}

// Backward adds the gradient of scale times the sum of the losses to grad. Call it once
// after Loss.
func (w *Workspace) Backward(grad []float32, targets []uint16, scale float32) {
	parts := w.m.Parts()
	w.BackwardParts(targets, scale, func(i int) []float32 { return grad[parts[i].Start:parts[i].End] }, func(int) {})
}

// BackwardParts is Backward for a gradient in the parts of [Model.Parts]. part returns
// the array of a part when it is needed first, and done is called when all is added to
// it: first the last part is needed, then each block from the last to the first is
// needed and done, then the first part, and at the end both of these are done.
func (w *Workspace) BackwardParts(targets []uint16, scale float32, part func(i int) []float32, done func(i int)) {
	m := w.m
	parts := m.Parts()
	in := func(i int) gradient { return gradient{part(i), parts[i].Start} }
	w.lossGradient(targets, scale)
	n := w.T * m.Config.Width
	after := in(len(parts) - 1)
	if m.preNorm {
		m.head.backward(w.out, w.logits, w.final, after, w.scratch, w.T)
		clear(w.d[:n])
		m.lnF.backward(w.d, w.out, w.last, w.lnF, m.Params, after, w.T)
	} else {
		m.head.backward(w.d, w.logits, w.last, after, w.scratch, w.T)
	}
	for i := len(w.layers) - 1; i >= 0; i-- {
		if m.spec.After(i, len(w.layers)) {
			mixer := m.blocks[i].mixer
			m.operator.Backward(w.out, after.of(mixer), w.d, w.layers[i].y, mixer.of(m.Params), w.T)
			w.d, w.out = w.out, w.d
		}
		w.backwardBlock(i, in(i+1), after)
		done(i + 1)
	}
	if m.first != nil {
		w.mixGradient(m.first, w.kept, w.d, m.Config.Width, after)
	}
	w.embedGradient(in(0))
	done(0)
	done(len(parts) - 1)
}
