package gpt

import (
	"context"
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Generate continues a prompt of one token at least by n tokens and calls emit
// for each as it is drawn. Equal arguments give equal tokens.
func (m *Model) Generate(ctx context.Context, prompt []uint16, n int, s Sampling, seed uint64, emit func(token uint16) error) error {
	if n < 1 {
		return nil
	}
	return m.GenerateStreams(ctx, prompt, 1, s, seed, func(_ int, token uint16) (bool, error) {
		n--
		return n > 0, emit(token)
	})
}

// GenerateStreams continues a prompt in several streams at the same time, each
// with draws of its own: stream 0 has those of [Model.Generate]. It calls emit
// for each token as it is drawn, and a stream goes on while emit returns true.
func (m *Model) GenerateStreams(ctx context.Context, prompt []uint16, streams int, s Sampling, seed uint64, emit func(stream int, token uint16) (more bool, err error)) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := m.checkTokens(prompt); err != nil {
		return fmt.Errorf("prompt: %w", err)
	}
	d := m.NewDecoder()
	var live []*Stream // and beside each its number, its draws and its logits
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
	for at := uint64(0); len(live) > 0; at++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		kept, tokens := 0, make([]uint16, 0, len(live))
		for i := range live {
			token := s.Next(logits[i*V:(i+1)*V], draws[i].Float64(at))
			more, err := emit(numbers[i], token)
			if err != nil {
				return err
			}
			if more {
				live[kept], numbers[kept], draws[kept] = live[i], numbers[i], draws[i]
				tokens = append(tokens, token)
				kept++
			}
		}
		live = live[:kept]
		if kept == 0 {
			break
		}
		var err error
		if logits, err = d.Step(live, tokens); err != nil {
			return err
		}
	}
	return nil
}
