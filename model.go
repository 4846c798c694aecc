package waveletgpt

import (
	"context"
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// A Model is a trained model with the codec of its tokens. Its methods may be
// called concurrently.
type Model struct {
	*run.Model
}

// Open opens the newest good checkpoint of a run directory, or a model folder:
// a checkpoint, or a copy of one. It changes nothing. Folders without a codec,
// such as a gpt2 of transformers, are opened by gpt.Load.
func Open(dir string) (*Model, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, err
	}
	return &Model{m}, nil
}

// Options say how a model goes on with a prompt.
type Options struct {
	Tokens      int     // how many to generate
	Temperature float64 // divides the logits; 0 takes the most likely token
	TopK        int     // draw from the K most likely tokens; 0 is all
	TopP        float64 // draw from the fewest tokens with this probability in sum; 0 is all
	Seed        uint64  // of the draws; equal seeds give equal tokens
}

// Generate returns what follows a prompt, without the prompt. An empty prompt is
// the start of a line.
func (m *Model) Generate(ctx context.Context, prompt string, o Options) (string, error) {
	ids, err := m.Prompt(prompt)
	if err != nil {
		return "", err
	}
	if ids, err = m.GenerateTokens(ctx, ids, o); err != nil {
		return "", err
	}
	var text strings.Builder
	err = m.Codec.Decode(&text, ids)
	return text.String(), err
}

// GenerateTokens returns the tokens that follow a prompt of one at least. When
// ctx ends it returns those so far and the context's error.
func (m *Model) GenerateTokens(ctx context.Context, prompt []uint16, o Options) ([]uint16, error) {
	if o.Tokens < 0 {
		return nil, fmt.Errorf("generate: %d tokens; ask for 0 or more", o.Tokens)
	}
	s := gpt.Sampling{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP}
	if s.TopP == 0 {
		s.TopP = 1
	}
	var ids []uint16
	err := m.Model.Generate(ctx, prompt, o.Tokens, s, o.Seed, func(token uint16) error {
		ids = append(ids, token)
		return nil
	})
	return ids, err
}
