package bench

import (
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// streamCounts are the numbers of streams to decode at the same time.
var streamCounts = []int{1, 8, 32, 128}

// byteVocabulary is the vocabulary of the decoding model: all values of a byte.
const byteVocabulary = 256

// decoding measures how fast one model decodes.
type decoding struct {
	model          *gpt.Model
	prompt, tokens int
}

func newDecoding(c config.Config, tokens int) (*decoding, error) {
	m, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: byteVocabulary})
	if err != nil {
		return nil, err
	}
	m.Init(uint64(c.Train.Seed))
	quarter := max(1, c.Model.Context/4)
	return &decoding{m, min(64, quarter), min(tokens, quarter)}, nil
}

// sample returns a function that measures the seconds until all streams have their
// tokens.
func (d *decoding) sample(streams int) func() float64 {
	return func() float64 {
		g := d.prefill(streams)
		start := time.Now()
		g.generate(d.tokens)
		return time.Since(start).Seconds()
	}
}

// A group is a batch of streams that are decoded together.
type group struct {
	decoder *gpt.Decoder
	streams []*gpt.Stream
	next    []uint16 // the next input token of each stream
}

// prefill returns streams that have processed the prompt.
func (d *decoding) prefill(streams int) *group {
	g := &group{decoder: d.model.NewDecoder(), next: make([]uint16, streams)}
	prompt := make([]uint16, d.prompt)
	for i := range prompt {
		prompt[i] = uint16(i * 31 % byteVocabulary)
	}
	for i := range streams {
		s := d.model.NewStream()
		logits, err := g.decoder.Prefill(s, prompt)
		if err != nil {
			panic(err) // impossible: the prompt is valid
		}
		g.streams = append(g.streams, s)
		g.next[i] = likeliest(logits)
	}
	return g
}

func (g *group) generate(tokens int) {
	for range tokens {
		logits, err := g.decoder.Step(g.streams, g.next)
		if err != nil {
			panic(err) // impossible: one valid token per stream
		}
		for i := range g.next {
			g.next[i] = likeliest(logits[i*byteVocabulary : (i+1)*byteVocabulary])
		}
	}
}

// likeliest returns the token with the largest logit: greedy decoding, as in
// bench/peers.
func likeliest(logits []float32) uint16 {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return uint16(best)
}
