package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// part computes some rows of a decoder's call, in scratch of its own. What a
// row gives does not depend on the rows beside it.
type part struct {
	m                    *Model
	rows                 int // capacity of the scratch below
	x, y, n, att, branch []float32
	qkv, hidden          []float32
	stats                normed
	scores               []float32
}

// decode appends the rows to their streams and writes the logits [rows,
// vocabulary].
func (d *part) decode(rows []row, logits []float32) {
	m := d.m
	c := m.Config
	n, E := len(rows), c.Width
	d.resize(n)
	position := make([]int, n)
	for i, r := range rows {
		position[i] = len(r.s.tokens)
		r.s.tokens = append(r.s.tokens, r.token)
		m.embedRow(d.x[i*E:], r.token, position[i])
	}
	for l := range m.blocks {
		b := &m.blocks[l]
		if c.Norm == "pre" {
			b.ln1.forward(d.n, d.x, d.stats, m.Params, n)
			d.attention(l, d.n, rows, position)
			kernel.Add(d.x[:n*E], d.branch)
			b.ln2.forward(d.n, d.x, d.stats, m.Params, n)
			d.mlp(b, d.n, n)
			kernel.Add(d.x[:n*E], d.branch)
		} else {
			d.attention(l, d.x, rows, position)
			kernel.Add(d.x[:n*E], d.branch)
			b.ln1.forward(d.n, d.x, d.stats, m.Params, n)
			d.mlp(b, d.n, n)
			kernel.Add(d.n[:n*E], d.branch)
			b.ln2.forward(d.x, d.n, d.stats, m.Params, n)
		}
		if m.spec.After(l, c.Layers) {
			for i, r := range rows {
				r.s.states[l].Step(d.y[i*E:(i+1)*E], d.x[i*E:(i+1)*E], b.mixer.of(m.Params))
			}
			d.x, d.y = d.y, d.x
		}
	}
	hidden := d.x
	if c.Norm == "pre" {
		m.lnF.forward(d.n, d.x, d.stats, m.Params, n)
		hidden = d.n
	}
	m.head.forward(logits, hidden, m.Params, n)
}

// attention leaves in d.branch what the attention of block l adds.
func (d *part) attention(l int, x []float32, rows []row, position []int) {
	m := d.m
	b, E := &m.blocks[l], m.Config.Width
	b.attn.forward(d.qkv, x, m.Params, len(rows))
	for i, r := range rows {
		qkv := d.qkv[i*3*E : (i+1)*3*E]
		if m.rotary != nil {
			m.rotary.rotateRow(qkv, position[i], 1)
		}
		cache := r.s.caches[l]
		cache.Append(qkv[E:])
		if n := kernel.CacheScratch(position[i] + 1); len(d.scores) < n {
			d.scores = make([]float32, n)
		}
		cache.Attend(d.att[i*E:(i+1)*E], qkv[:E], d.scores)
	}
	b.attnProj.forward(d.branch, d.att, m.Params, len(rows))
}

// mlp leaves in d.branch what the MLP of a block adds.
func (d *part) mlp(b *block, x []float32, n int) {
	hidden := d.hidden[:n*d.m.Config.Hidden]
	b.fc.forward(hidden, x, d.m.Params, n)
	kernel.GELU(hidden, hidden)
	b.mlpProj.forward(d.branch, hidden, d.m.Params, n)
}

func (d *part) resize(n int) {
	if n <= d.rows {
		return
	}
	c := d.m.Config
	floats := func(width int) []float32 { return make([]float32, n*width) }
	d.rows = n
	d.x, d.y, d.n, d.att, d.branch = floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width)
	d.qkv, d.hidden = floats(3*c.Width), floats(c.Hidden)
	d.stats = normed{floats(1), floats(1)}
}
