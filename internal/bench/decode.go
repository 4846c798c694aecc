package bench

import (
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// streamCounts are how many streams are decoded at the same time.
var streamCounts = []int{1, 8, 32, 128}

// bytes is the vocabulary of a model that generates: all values of a byte.
const bytes = 256

// decoding measures streams of one model.
type decoding struct {
	model          *gpt.Model
	prompt, tokens int
}

func newDecoding(c config.Config, tokens int) (*decoding, error) {
	m, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: bytes})
	if err != nil {
		return nil, err
	}
	m.Init(uint64(c.Train.Seed))
	quarter := max(1, c.Model.Context/4)
	return &decoding{m, min(64, quarter), min(tokens, quarter)}, nil
}

// sample measures the seconds in which all streams get their tokens.
func (d *decoding) sample(streams int) func() float64 {
	return func() float64 {
		g := d.prefill(streams)
		start := time.Now()
		g.generate(d.tokens)
		return time.Since(start).Seconds()
	}
}

// group is streams that are decoded together.
type group struct {
	decoder *gpt.Decoder
	streams []*gpt.Stream
	next    []uint16 // the token that each stream reads next
}

// prefill makes streams that have read the prompt.
func (d *decoding) prefill(streams int) *group {
	g := &group{decoder: d.model.NewDecoder(), next: make([]uint16, streams)}
	prompt := make([]uint16, d.prompt)
	for i := range prompt {
		prompt[i] = uint16(i * 31 % bytes)
	}
	for i := range streams {
		s := d.model.NewStream()
		logits, err := g.decoder.Prefill(s, prompt)
		if err != nil {
			panic(err) // there are tokens, and the model knows them
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
			panic(err) // as many tokens as streams, of the decoder's model
		}
		for i := range g.next {
			g.next[i] = likeliest(logits[i*bytes : (i+1)*bytes])
		}
	}
}

// likeliest is the token with the largest logit, which peers take too.
func likeliest(logits []float32) uint16 {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return uint16(best)
}
