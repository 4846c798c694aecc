package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

func (a *App) generateCommand() *cobra.Command {
	var dir, prompt string
	var n int
	var seed uint64
	var s gpt.Sampling
	c := &cobra.Command{
		Use:   "generate --run DIR",
		Short: "Let a trained model go on with a prompt",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("generate: name a run with --run"))
			}
			if n < 1 {
				return usage(fmt.Errorf("--tokens %d: give 1 or more", n))
			}
			if err := s.Validate(); err != nil {
				return usage(err)
			}
			m, err := run.OpenModel(dir)
			if err != nil {
				return input(err)
			}
			ids, err := promptTokens(m.Codec, prompt)
			if err != nil {
				return usage(err)
			}
			var text bytes.Buffer
			out := io.Writer(&text)
			if !a.json {
				out = a.Stdout
				if _, err := io.WriteString(out, prompt); err != nil {
					return err
				}
			}
			err = m.Generate(c.Context(), ids, n, s, seed, func(token uint16) error {
				return m.Codec.Decode(out, []uint16{token})
			})
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(struct {
					Prompt string `json:"prompt"`
					Text   string `json:"text"`
					Tokens int    `json:"tokens"`
					Seed   uint64 `json:"seed"`
				}{prompt, strings.ToValidUTF8(text.String(), "\uFFFD"), n, seed})
			}
			_, err = fmt.Fprintln(a.Stdout)
			return err
		},
	}
	c.Flags().StringVar(&dir, "run", "", "directory of a run, or a model folder")
	c.Flags().StringVar(&prompt, "prompt", "", "text to go on with (default: the start of a line)")
	c.Flags().IntVar(&n, "tokens", 400, "tokens to generate")
	c.Flags().Float64Var(&s.Temperature, "temperature", 0.8, "divides the logits; 0 takes the most likely token")
	c.Flags().IntVar(&s.TopK, "top-k", 0, "draw from the K most likely tokens; 0 is all")
	c.Flags().Float64Var(&s.TopP, "top-p", 1, "draw from the fewest tokens with this probability in sum")
	c.Flags().Uint64Var(&seed, "seed", 1, "of the draws; equal seeds give equal text")
	return c
}

// promptTokens encodes a prompt. A stream starts with a token: without a prompt
// it is a line break, where the codec has none a space, else the first symbol.
func promptTokens(codec media.Codec, prompt string) ([]uint16, error) {
	encode := func(text string) (ids []uint16, err error) {
		err = codec.Encode(strings.NewReader(text), func(run []uint16) error {
			ids = append(ids, run...)
			return nil
		})
		return ids, err
	}
	if prompt != "" {
		ids, err := encode(prompt)
		if err != nil {
			return nil, fmt.Errorf("--prompt: %w", err)
		}
		return ids, nil
	}
	for _, start := range []string{"\n", " "} {
		if ids, err := encode(start); err == nil {
			return ids, nil
		}
	}
	return []uint16{0}, nil
}
