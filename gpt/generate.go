package gpt

import (
	"context"
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Generate continues a prompt of one token at least by n tokens and calls emit
// for each as it is drawn. Equal arguments give equal tokens.
func (m *Model) Generate(ctx context.Context, prompt []uint16, n int, s Sampling, seed uint64, emit func(token uint16) error) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := m.checkTokens(prompt); err != nil {
		return fmt.Errorf("prompt: %w", err)
	}
	d, stream := m.NewDecoder(), m.NewStream()
	logits, err := d.Prefill(stream, prompt)
	if err != nil {
		return err
	}
	random := rng.New(seed, rng.Sampling, 0)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		token := s.Next(logits, random.Float64(uint64(i)))
		if err := emit(token); err != nil {
			return err
		}
		if i == n-1 {
			break
		}
		if logits, err = d.Step([]*Stream{stream}, []uint16{token}); err != nil {
			return err
		}
	}
	return nil
}
