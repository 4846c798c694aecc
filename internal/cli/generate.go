package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/gpt"
)

func (a *App) generateCommand() *cobra.Command {
	var dir, prompt string
	var n int
	var seed uint64
	var s gpt.Sampling
	c := &cobra.Command{
		Use:   "generate --run DIR",
		Short: "Let a trained model go on with a prompt",
		Args:  noArguments,
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
			m, err := a.openModel(dir)
			if err != nil {
				return err
			}
			ids, err := m.Prompt(prompt)
			if err != nil {
				return usage(fmt.Errorf("--%w", err))
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
