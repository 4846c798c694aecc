package gpt

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// A Decoder computes logits for streams of one model, one token at a time. Use a
// decoder from one goroutine, and a stream with one decoder at a time. Each call
// names the streams that it advances, so streams may join and leave.
//
// Its memory grows with the largest call and is reused: decoding allocates
// nothing once a stream has filled its context.
type Decoder struct {
	m       *Model
	rows    []row     // of the current call
	logits  []float32 // [rows, vocabulary]
	parts   []*part   // one per thread
	running sync.WaitGroup
}

// NewDecoder returns a decoder for streams of the model.
func (m *Model) NewDecoder() *Decoder { return &Decoder{m: m} }

// prefillRows is the number of tokens of a prompt that are computed together.
const prefillRows = 64

// Prefill appends one or more tokens to a stream and returns the logits
// [vocabulary] after the last one, valid until the next call. A stream that
// outgrows the context slides: see [Decoder.Step].
func (d *Decoder) Prefill(s *Stream, tokens []uint16) ([]float32, error) {
	if len(tokens) == 0 {
		return nil, fmt.Errorf("prefill: no tokens; give at least one")
	}
	if s.m != d.m {
		return nil, fmt.Errorf("prefill: the stream belongs to another model")
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
		d.rows = d.rows[:0]
		for _, token := range tokens[:n] {
			d.rows = append(d.rows, row{s, token})
		}
		logits = d.decode(1)
		logits = logits[(n-1)*d.m.Config.Vocabulary:]
		tokens = tokens[n:]
	}
	return logits, nil
}

// kept is how many of n > context tokens a stream still sees: when a token
// arrives and the context is full, the stream first drops all but the last half.
func kept(n, context int) int {
	half := context / 2
	return half + 1 + (n-context-1)%(context-half)
}

// Step appends one token to each of the streams and returns the logits
// [streams, vocabulary] after them, valid until the next call.
//
// A stream with a full context slides first: it drops all but the last half of
// its tokens and reads that half again from position 0. So its logits are always
// those of a forward pass over [Stream.Tokens].
func (d *Decoder) Step(streams []*Stream, tokens []uint16) ([]float32, error) {
	if len(streams) != len(tokens) {
		return nil, fmt.Errorf("step: %d tokens for %d streams; give one token for each", len(tokens), len(streams))
	}
	if err := d.m.checkTokens(tokens); err != nil {
		return nil, fmt.Errorf("step: %w", err)
	}
	for i, s := range streams {
		if s.m != d.m {
			return nil, fmt.Errorf("step: stream %d belongs to another model", i)
		}
		if slices.Contains(streams[:i], s) {
			return nil, fmt.Errorf("step: stream %d is listed twice; give each stream one token", i)
		}
	}
	for _, s := range streams {
		if err := d.slide(s); err != nil {
			return nil, err
		}
	}
	d.rows = d.rows[:0]
	for i, s := range streams {
		d.rows = append(d.rows, row{s, tokens[i]})
	}
	// Streams are independent, so threads share them, at least a few each.
	const fewest = 4
	return d.decode(min(runtime.GOMAXPROCS(0), (len(streams)+fewest-1)/fewest)), nil
}

// slide makes room in a stream with a full context.
func (d *Decoder) slide(s *Stream) error {
	context := d.m.Config.Context
	if len(s.tokens) < context {
		return nil
	}
	half := s.tokens[context-context/2:]
	s.reset()
	if len(half) == 0 {
		return nil
	}
	// The tokens move to the front of the array that holds them: Prefill reads
	// each one before it writes to its place.
	_, err := d.Prefill(s, half)
	return err
}

// checkTokens refuses tokens that are not in the vocabulary.
func (m *Model) checkTokens(tokens []uint16) error {
	for i, token := range tokens {
		if int(token) >= m.Config.Vocabulary {
			return fmt.Errorf("token %d is %d, outside the vocabulary of %d", i, token, m.Config.Vocabulary)
		}
	}
	return nil
}

// row is one token of one stream, the unit of decoding. Rows of one stream are in
// the order of its tokens.
type row struct {
	s     *Stream
	token uint16
}

// decode appends d.rows to their streams and returns the logits [rows,
// vocabulary]. Rows of one stream need one thread.
func (d *Decoder) decode(threads int) []float32 {
	n, V := len(d.rows), d.m.Config.Vocabulary
	if len(d.logits) < n*V {
		d.logits = make([]float32, n*V)
	}
	for len(d.parts) < threads {
		p := &part{m: d.m}
		// Made once: a go statement with arguments would allocate in every call.
		p.background = func() {
			p.decode()
			d.running.Done()
		}
		d.parts = append(d.parts, p)
	}
	for i, p := range d.parts[:threads] {
		start, end := i*n/threads, (i+1)*n/threads
		p.rows, p.logits = d.rows[start:end], d.logits[start*V:end*V]
		if i < threads-1 {
			d.running.Add(1)
			go p.background()
		} else {
			p.decode()
		}
	}
	d.running.Wait()
	return d.logits[:n*V]
}
