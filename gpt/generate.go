package gpt

import (
	"context"
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Generate continues a prompt of at least one token by n tokens. It calls emit
// for each token as it is drawn; an error of emit ends it. Equal arguments give
// equal tokens.
func (m *Model) Generate(ctx context.Context, prompt []uint16, n int, s Sampling, seed uint64, emit func(token uint16) error) error {
	if n < 1 {
		return nil
	}
	return m.GenerateStreams(ctx, prompt, 1, s, seed, func(_ int, token uint16) (bool, error) {
		n--
		return n > 0, emit(token)
	})
}

// GenerateStreams continues a prompt in several streams at the same time. Each
// has its own random numbers; those of stream 0 are the ones of
// [Model.Generate]. It calls emit for each token as it is drawn, and ends a
// stream when emit returns false.
func (m *Model) GenerateStreams(ctx context.Context, prompt []uint16, streams int, s Sampling, seed uint64, emit func(stream int, token uint16) (more bool, err error)) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := m.checkTokens(prompt); err != nil {
		return fmt.Errorf("prompt: %w", err)
	}
	d, sampler := m.NewDecoder(), Sampler{Sampling: s}
	var live []*Stream // in parallel: their numbers, random numbers and logits
	var numbers []int
	var draws []rng.Stream
	var logits []float32
	V := m.Config.Vocabulary
	for i := range streams {
		live, numbers = append(live, m.NewStream()), append(numbers, i)
		draws = append(draws, rng.New(seed, rng.Sampling, uint32(i)))
		after, err := d.Prefill(live[i], prompt)
		if err != nil {
			return err
		}
		logits = append(logits, after[:V]...)
	}
	tokens := make([]uint16, 0, streams)
	for at := uint64(0); len(live) > 0; at++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		tokens = tokens[:0]
		for i := range live {
			token := sampler.Next(logits[i*V:(i+1)*V], draws[i].Float64(at))
			more, err := emit(numbers[i], token)
			if err != nil {
				return err
			}
			if more {
				kept := len(tokens)
				live[kept], numbers[kept], draws[kept] = live[i], numbers[i], draws[i]
				tokens = append(tokens, token)
			}
		}
		live = live[:len(tokens)]
		if len(live) == 0 {
			break
		}
		var err error
		if logits, err = d.Step(live, tokens); err != nil {
			return err
		}
	}
	return nil
}
