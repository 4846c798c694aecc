package waveletgpt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
)

// Options are the settings of a generation. The zero value generates nothing; set
// at least Tokens.
type Options struct {
	Tokens      int     // how many to generate
	Temperature float64 // divides the logits; 0 always takes the most likely token
	TopK        int     // draw from the K most likely tokens; 0 means all
	TopP        float64 // draw from the fewest tokens whose probabilities add up to TopP; 0 means all
	Seed        uint64  // of the random numbers; equal seeds give equal tokens
}

// Generate returns the continuation of a prompt, without the prompt. An empty
// prompt starts a new line. If ctx ends, Generate returns the text so far and the
// context's error.
func (m *Model) Generate(ctx context.Context, prompt string, o Options) (string, error) {
	var all strings.Builder
	for text, err := range m.Stream(ctx, prompt, o) {
		if err != nil {
			return all.String(), err
		}
		all.WriteString(text)
	}
	return all.String(), nil
}

// Stream yields the text that [Model.Generate] returns, piece by piece as it is
// generated. No piece ends inside a UTF-8 character, unless the model ends there.
// An error is yielded last. A model of audio or music yields one piece, its file.
func (m *Model) Stream(ctx context.Context, prompt string, o Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ids, err := m.run.Prompt(prompt)
		if err != nil {
			yield("", err)
			return
		}
		var pending bytes.Buffer // decoded and not yielded
		stopped := false
		next := func(n int) {
			if n > 0 && !stopped {
				stopped = !yield(string(pending.Next(n)), nil)
			}
		}
		inPieces := media.MediumOf(m.Codec()) == media.Text
		var tokens []uint16 // not decoded
		err = m.generate(ctx, ids, o, func(token uint16) (more bool, err error) {
			tokens = append(tokens, token)
			if !inPieces {
				return true, nil
			}
			err = m.Decode(&pending, tokens)
			tokens = tokens[:0]
			next(wholeCharacters(pending.Bytes()))
			return !stopped, err
		})
		if len(tokens) > 0 && err == nil {
			err = m.Decode(&pending, tokens)
		}
		next(pending.Len())
		if err != nil && !stopped {
			yield("", err)
		}
	}
}

// wholeCharacters returns how many bytes of text come before a UTF-8 character
// that may still be completed.
func wholeCharacters(text []byte) int {
	for n := 1; n <= min(len(text), utf8.UTFMax); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return len(text) - n
			}
			break
		}
	}
	return len(text)
}

// GenerateTokens returns the continuation of a prompt of at least one token. If
// ctx ends, it returns the tokens so far and the context's error.
func (m *Model) GenerateTokens(ctx context.Context, prompt []uint16, o Options) ([]uint16, error) {
	var all []uint16
	err := m.generate(ctx, prompt, o, func(token uint16) (bool, error) {
		all = append(all, token)
		return true, nil
	})
	return all, err
}

// generate calls emit for each token until emit returns false.
func (m *Model) generate(ctx context.Context, prompt []uint16, o Options, emit func(token uint16) (more bool, err error)) error {
	if o.Tokens < 0 {
		return fmt.Errorf("generate %d tokens: give 0 or more", o.Tokens)
	}
	if o.Tokens == 0 {
		return nil
	}
	s := gpt.Sampling{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP}
	if s.TopP == 0 {
		s.TopP = 1
	}
	left := o.Tokens
	return m.run.GenerateStreams(ctx, prompt, 1, s, o.Seed, func(_ int, token uint16) (bool, error) {
		left--
		more, err := emit(token)
		return more && left > 0, err
	})
}
