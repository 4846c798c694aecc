package gpt

import (
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// part computes some rows of a decoder's call in its own scratch. The result for
// a row does not depend on the other rows.
type part struct {
	m          *Model
	rows       []row
	logits     []float32 // [rows, vocabulary], the result
	background func()    // decode, then report to the decoder

	capacity             int   // rows that the scratch below has room for
	position             []int // of each row in its stream
	x, y, n, att, branch []float32
	mix                  []float32 // a mixed input
	qkv, hidden          []float32
	wide                 []float32 // of one row: keys and values of every head
	rstd                 []float32 // likewise: of the norms of queries and keys
	stats                normed
	scores               []float32
}

// decode appends the rows to their streams and writes the logits.
func (d *part) decode() {
	m := d.m
	c := m.Config
	n, E := len(d.rows), c.Width
	d.resize(n)
	for i, r := range d.rows {
		d.position[i] = len(r.s.tokens)
		r.s.tokens = append(r.s.tokens, r.token)
		x := d.x[i*E : (i+1)*E]
		m.embedRow(x, r.token, d.position[i])
		if m.embedNorm != nil {
			m.embedNorm.forward(x, x, d.stats, m.Params, 1)
		}
		if m.first != nil {
			m.first.step(r.s.first, x, d.y, m.Params)
		}
	}
	for l := range m.blocks {
		b := &m.blocks[l]
		if m.preNorm {
			b.ln1.forward(d.n, d.x, d.stats, m.Params, n)
			d.attention(l, d.n)
			kernel.Add(d.x[:n*E], d.branch)
			b.ln2.forward(d.n, d.x, d.stats, m.Params, n)
			d.mlp(l, d.n)
			kernel.Add(d.x[:n*E], d.branch)
		} else {
			d.attention(l, d.x)
			kernel.Add(d.x[:n*E], d.branch)
			b.ln1.forward(d.n, d.x, d.stats, m.Params, n)
			d.mlp(l, d.n)
			kernel.Add(d.n[:n*E], d.branch)
			b.ln2.forward(d.x, d.n, d.stats, m.Params, n)
		}
		if m.spec.After(l, c.Layers) {
			for i, r := range d.rows {
				r.s.states[l].Step(d.y[i*E:(i+1)*E], d.x[i*E:(i+1)*E], b.mixer.of(m.Params))
			}
			d.x, d.y = d.y, d.x
		}
	}
	hidden := d.x
	if m.preNorm {
		m.lnF.forward(d.n, d.x, d.stats, m.Params, n)
		hidden = d.n
	}
	m.head.forward(d.logits, hidden, m.Params, n)
	m.capLogits(d.logits)
}

// attention computes in d.branch what the attention of block l adds.
func (d *part) attention(l int, x []float32) {
	m := d.m
	b, E, width, sites := &m.blocks[l], m.Config.Width, m.Config.qkvWidth(), m.sitesIn(l)
	b.attn.forward(d.qkv, d.mixed(l, wavelet.AtAttention, x), m.Params, len(d.rows))
	for i, r := range d.rows {
		qkv := d.qkv[i*width : (i+1)*width]
		for j := range sites {
			if s := &sites[j]; slices.Contains(ofAttention, s.place) {
				s.step(r.s.sites[l][j], qkv, d.y, m.Params)
			}
		}
		if m.rotary != nil {
			m.rotary.row(qkv, d.rstd, d.position[i])
		}
		if m.Config.grouped() {
			m.Config.spread(d.wide, qkv, 1)
			qkv = d.wide
		}
		cache := r.s.caches[l]
		cache.Append(qkv[E:])
		if n := kernel.CacheScratch(d.position[i] + 1); len(d.scores) < n {
			d.scores = make([]float32, n)
		}
		cache.Attend(d.att[i*E:(i+1)*E], qkv[:E], d.scores)
	}
	b.attnProj.forward(d.branch, d.att, m.Params, len(d.rows))
}

// mixed is the input x of a sublayer of block l after the operator that stands there, if
// one does. It does not change x, to which the sublayer may be added.
func (d *part) mixed(l int, at wavelet.Place, x []float32) []float32 {
	E, sites := d.m.Config.Width, d.m.sitesIn(l)
	for j := range sites {
		if sites[j].place != at {
			continue
		}
		x = append(d.mix[:0], x[:len(d.rows)*E]...)
		for i, r := range d.rows {
			sites[j].step(r.s.sites[l][j], x[i*E:(i+1)*E], d.y, d.m.Params)
		}
	}
	return x
}

// mlp computes in d.branch what the MLP of block l adds.
func (d *part) mlp(l int, x []float32) {
	b, n := &d.m.blocks[l], len(d.rows)
	fc := d.hidden[:n*b.fc.out]
	b.fc.forward(fc, d.mixed(l, wavelet.AtMLP, x), d.m.Params, n)
	hidden := fc[:n*d.m.Config.Hidden]
	d.m.family.activation.forward(hidden, fc, d.m.Config.Hidden)
	b.mlpProj.forward(d.branch, hidden, d.m.Params, n)
}

func (d *part) resize(n int) {
	if n <= d.capacity {
		return
	}
	c := d.m.Config
	floats := func(width int) []float32 { return make([]float32, n*width) }
	d.capacity, d.position = n, make([]int, n)
	d.x, d.y, d.n, d.att, d.branch = floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width)
	d.mix = floats(c.Width)
	d.qkv, d.hidden = floats(c.qkvWidth()), floats(d.m.blocks[0].fc.out)
	d.wide, d.rstd = make([]float32, 3*c.Width), make([]float32, d.m.headNorms())
	d.stats = normed{floats(1), floats(1)}
}
