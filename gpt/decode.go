package gpt

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Stream is one sequence that is decoded token by token: the keys and values
// of its tokens and the state of every operator.
type Stream struct {
	m      *Model
	tokens []uint16        // what the model sees now, at most the context
	kv     [][]float32     // per block [tokens, 2 width]: keys, then values
	states []wavelet.State // per block; nil where no operator stands
}

// NewStream returns a stream before its first token.
func (m *Model) NewStream() *Stream {
	c := m.Config
	s := &Stream{m: m, kv: make([][]float32, c.Layers), states: make([]wavelet.State, c.Layers)}
	for i := range s.states {
		if m.spec.After(i, c.Layers) {
			s.states[i] = m.operator.NewState()
		}
	}
	return s
}

// Tokens returns what the model sees: the last tokens of the stream, at most
// the context.
func (s *Stream) Tokens() []uint16 { return s.tokens }

// reset forgets all tokens.
func (s *Stream) reset() {
	s.tokens = s.tokens[:0]
	for _, state := range s.states {
		if state != nil {
			state.Reset()
		}
	}
}

// A Decoder computes the next tokens of streams of one model. It belongs to
// one goroutine; a stream belongs to one decoder at a time. Streams join and
// leave by being named in a call or not.
type Decoder struct {
	m                           *Model
	rows                        int // capacity of the scratch below
	x, y, n, att, branch        []float32
	qkv, hidden, logits, scores []float32
	stats                       normed
}

// NewDecoder returns a decoder.
func (m *Model) NewDecoder() *Decoder {
	return &Decoder{m: m, scores: make([]float32, m.Config.Context)}
}

// prefillRows is how many tokens of a prompt are computed together.
const prefillRows = 64

// Prefill reads tokens into a stream, as many as there are, and returns the
// logits [vocabulary] after the last one, valid until the next call. A stream
// that is longer than the context slides: see [Decoder.Step].
func (d *Decoder) Prefill(s *Stream, tokens []uint16) ([]float32, error) {
	if len(tokens) == 0 {
		return nil, fmt.Errorf("prefill: there are no tokens; a stream starts with one at least")
	}
	if s.m != d.m {
		return nil, fmt.Errorf("prefill: the stream is of another model")
	}
	if err := d.m.checkTokens(tokens); err != nil {
		return nil, fmt.Errorf("prefill: %w", err)
	}
	if context := d.m.Config.Context; len(s.tokens)+len(tokens) > context {
		all := append(append([]uint16(nil), s.tokens...), tokens...)
		s.reset()
		tokens = all[len(all)-kept(len(all), context):]
	}
	var logits []float32
	for len(tokens) > 0 {
		n := min(prefillRows, len(tokens))
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{s, tokens[i]}
		}
		logits = d.decode(rows)
		logits = logits[(n-1)*d.m.Config.Vocabulary:]
		tokens = tokens[n:]
	}
	return logits, nil
}

// kept is how many of n > context tokens a stream still sees: each time the
// context is full and another token comes, it goes on from the last half.
func kept(n, context int) int {
	half := context / 2
	return half + 1 + (n-context-1)%(context-half)
}

// Step reads one token into each of the streams and returns the logits
// [streams, vocabulary] after them, valid until the next call. A stream whose
// context is full first forgets all but the last half of it and reads that half
// again from the start: its logits are those of a fresh forward pass over what
// it kept.
func (d *Decoder) Step(streams []*Stream, tokens []uint16) ([]float32, error) {
	if len(streams) != len(tokens) {
		return nil, fmt.Errorf("step: %d tokens for %d streams; give one each", len(tokens), len(streams))
	}
	if err := d.m.checkTokens(tokens); err != nil {
		return nil, fmt.Errorf("step: %w", err)
	}
	for i, s := range streams {
		if s.m != d.m {
			return nil, fmt.Errorf("step: stream %d is of another model", i)
		}
		if slices.Contains(streams[:i], s) {
			return nil, fmt.Errorf("step: stream %d is there twice; give each one token", i)
		}
	}
	rows := make([]row, len(streams))
	for i, s := range streams {
		if context := d.m.Config.Context; len(s.tokens) == context {
			half := append([]uint16(nil), s.tokens[context-context/2:]...)
			s.reset()
			if len(half) > 0 {
				if _, err := d.Prefill(s, half); err != nil {
					return nil, err
				}
			}
		}
		rows[i] = row{s, tokens[i]}
	}
	return d.decode(rows), nil
}

// checkTokens refuses tokens that the model does not know.
func (m *Model) checkTokens(tokens []uint16) error {
	for i, token := range tokens {
		if int(token) >= m.Config.Vocabulary {
			return fmt.Errorf("token %d is %d, outside of the vocabulary of %d", i, token, m.Config.Vocabulary)
		}
	}
	return nil
}

// row is one token of one stream: the unit of decoding. Rows of one stream
// stand in their order.
type row struct {
	s     *Stream
	token uint16
}

// decode appends the rows to their streams and returns the logits [rows,
// vocabulary].
func (d *Decoder) decode(rows []row) []float32 {
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
	m.head.forward(d.logits, hidden, m.Params, n)
	return d.logits[:n*c.Vocabulary]
}

// attention leaves in d.branch what the attention of block l adds.
func (d *Decoder) attention(l int, x []float32, rows []row, position []int) {
	m := d.m
	b, E, size := &m.blocks[l], m.Config.Width, m.Config.headSize()
	b.attn.forward(d.qkv, x, m.Params, len(rows))
	for i, r := range rows {
		qkv := d.qkv[i*3*E : (i+1)*3*E]
		if m.rotary != nil {
			m.rotary.rotateRow(qkv, position[i], 1)
		}
		kv := append(r.s.kv[l][:position[i]*2*E], qkv[E:]...)
		r.s.kv[l] = kv
		for h := range m.Config.Heads {
			at := h * size
			kernel.AttentionRow(d.att[i*E+at:][:size], qkv[at:at+size], kv[at:], kv[E+at:], d.scores, position[i]+1, 2*E)
		}
	}
	b.attnProj.forward(d.branch, d.att, m.Params, len(rows))
}

// mlp leaves in d.branch what the MLP of a block adds.
func (d *Decoder) mlp(b *block, x []float32, n int) {
	hidden := d.hidden[:n*d.m.Config.Hidden]
	b.fc.forward(hidden, x, d.m.Params, n)
	kernel.GELU(hidden, hidden)
	b.mlpProj.forward(d.branch, hidden, d.m.Params, n)
}

func (d *Decoder) resize(n int) {
	if n <= d.rows {
		return
	}
	c := d.m.Config
	floats := func(width int) []float32 { return make([]float32, n*width) }
	d.rows = n
	d.x, d.y, d.n, d.att, d.branch = floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width), floats(c.Width)
	d.qkv, d.hidden, d.logits = floats(3*c.Width), floats(c.Hidden), floats(c.Vocabulary)
	d.stats = normed{floats(1), floats(1)}
}
