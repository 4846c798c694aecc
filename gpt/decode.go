package gpt

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Stream is one sequence that is decoded token by token: the keys and values
// of its tokens and the state of every operator.
type Stream struct {
	m      *Model
	tokens []uint16        // what the model sees now, at most the context
	caches []*kernel.Cache // per block: keys and values of the tokens
	states []wavelet.State // per block; nil where no operator stands
}

// NewStream returns a stream before its first token.
func (m *Model) NewStream() *Stream {
	c := m.Config
	s := &Stream{m: m, caches: make([]*kernel.Cache, c.Layers), states: make([]wavelet.State, c.Layers)}
	for i := range s.states {
		s.caches[i] = kernel.NewCache(c.Heads, c.headSize())
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
	for _, cache := range s.caches {
		cache.Reset()
	}
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
	m      *Model
	logits []float32 // [rows, vocabulary]
	parts  []*part   // one a thread
}

// NewDecoder returns a decoder.
func (m *Model) NewDecoder() *Decoder { return &Decoder{m: m} }

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
		logits = d.decode(rows, 1)
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
	// Streams do not look at each other: they are spread over threads, a few
	// to each at least.
	const fewest = 4
	return d.decode(rows, min(runtime.GOMAXPROCS(0), (len(rows)+fewest-1)/fewest)), nil
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
// vocabulary]. Rows of one stream need one thread.
func (d *Decoder) decode(rows []row, threads int) []float32 {
	V := d.m.Config.Vocabulary
	if len(d.logits) < len(rows)*V {
		d.logits = make([]float32, len(rows)*V)
	}
	for len(d.parts) < threads {
		d.parts = append(d.parts, &part{m: d.m})
	}
	var wait sync.WaitGroup
	for i := range threads {
		start, end := i*len(rows)/threads, (i+1)*len(rows)/threads
		work := func() { d.parts[i].decode(rows[start:end], d.logits[start*V:]) }
		if i < threads-1 {
			wait.Go(work)
		} else {
			work()
		}
	}
	wait.Wait()
	return d.logits[:len(rows)*V]
}
