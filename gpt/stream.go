package gpt

import (
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Stream is one sequence that is decoded token by token. It holds the keys and
// values of its tokens and the state of every operator.
type Stream struct {
	m      *Model
	tokens []uint16        // what the model sees, at most the context
	caches []*kernel.Cache // per block: keys and values of the tokens
	states []wavelet.State // per block; nil for one that no operator follows
	first  []wavelet.State // of the site after the embedding

	sites [][][]wavelet.State // per block and site
}

// NewStream returns an empty stream.
func (m *Model) NewStream() *Stream {
	c := m.Config
	s := &Stream{m: m, caches: make([]*kernel.Cache, c.Layers), states: make([]wavelet.State, c.Layers), sites: make([][][]wavelet.State, c.Layers)}
	if m.first != nil {
		s.first = m.first.states()
	}
	for i := range s.states {
		s.caches[i] = kernel.NewCache(c.Heads, c.headSize())
		if m.spec.After(i, c.Layers) {
			s.states[i] = m.operator.NewState()
		}
		for _, site := range m.sitesIn(i) {
			s.sites[i] = append(s.sites[i], site.states())
		}
	}
	return s
}

// Tokens returns what the model sees: the last tokens of the stream, at most
// the context. The slice is valid until the stream is used again.
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
	for _, sites := range s.sites {
		for _, states := range sites {
			resetAll(states)
		}
	}
	resetAll(s.first)
}

func resetAll(states []wavelet.State) {
	for _, state := range states {
		state.Reset()
	}
}
