package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// generation is the flags of generate.
type generation struct {
	dir, prompt, out, soundFont string
	tokens, streams             int
	seconds                     float64
	countsTokens                bool // tokens were asked for
	seed                        uint64
	sampling                    gpt.Sampling
}

// maxStreams is how many continuations are kept in memory, each with its keys
// and values.
const maxStreams = 1024

func (a *App) generateCommand() *cobra.Command {
	var g generation
	c := &cobra.Command{
		Use:   "generate --run DIR",
		Short: "Let a trained model go on with a prompt",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := g.check(c.Flags().Changed); err != nil {
				return usage(err)
			}
			g.countsTokens = c.Flags().Changed("tokens")
			m, err := a.openModel(g.dir)
			if err != nil {
				return err
			}
			if codec, ok := m.Codec.(media.FileCodec); ok {
				return a.generateRecordings(c.Context(), m, codec, g)
			}
			if g.soundFont != "" {
				return usage(fmt.Errorf("--soundfont renders music; the model writes codec %s", m.Codec.Name()))
			}
			if c.Flags().Changed("seconds") {
				return usage(fmt.Errorf("--seconds is for models of sound; codec %s has --tokens", m.Codec.Name()))
			}
			return a.generateText(c.Context(), m, g)
		},
	}
	c.Flags().StringVar(&g.dir, "run", "", "directory of a run, or a model folder")
	c.Flags().StringVar(&g.prompt, "prompt", "", "text, or a file of sound, to go on with (default: the start of a line, or silence)")
	c.Flags().StringVar(&g.out, "out", "", "file to write; with --streams N files, with -1 to -N before the extension (default: text on standard output)")
	c.Flags().StringVar(&g.soundFont, "soundfont", "", "SoundFont (.sf2) that also plays music into a .wav file beside --out")
	c.Flags().IntVar(&g.streams, "streams", 1, "continuations to generate at the same time")
	c.Flags().IntVar(&g.tokens, "tokens", 400, "tokens to generate")
	c.Flags().Float64Var(&g.seconds, "seconds", 0, "seconds of sound to generate, in place of tokens")
	c.Flags().Float64Var(&g.sampling.Temperature, "temperature", 0.8, "divides the logits; 0 takes the most likely token")
	c.Flags().IntVar(&g.sampling.TopK, "top-k", 0, "draw from the K most likely tokens; 0 is all")
	c.Flags().Float64Var(&g.sampling.TopP, "top-p", 1, "draw from the fewest tokens with this probability in sum")
	c.Flags().Uint64Var(&g.seed, "seed", 1, "of the draws; equal seeds give equal output")
	return c
}

func (g generation) check(changed func(flag string) bool) error {
	switch {
	case g.dir == "":
		return errors.New("generate: name a run with --run")
	case g.tokens < 1:
		return fmt.Errorf("--tokens %d: give 1 or more", g.tokens)
	case g.streams < 1 || g.streams > maxStreams:
		return fmt.Errorf("--streams %d: give 1 to %d", g.streams, maxStreams)
	case g.streams > 1 && g.out == "":
		return errors.New("--streams: name a file with --out, which gets a number for each")
	case changed("seconds") && !(g.seconds > 0 && g.seconds <= 1e6):
		return fmt.Errorf("--seconds %v: give more than 0, and 1e6 at most", g.seconds)
	case changed("seconds") && changed("tokens"):
		return errors.New("give --seconds or --tokens, not both")
	}
	return g.sampling.Validate()
}

// files are the names of the files of all streams.
func (g generation) files() []string {
	if g.streams == 1 {
		return []string{g.out}
	}
	ext := filepath.Ext(g.out)
	var names []string
	for i := range g.streams {
		names = append(names, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(g.out, ext), i+1, ext))
	}
	return names
}

func (a *App) generateText(ctx context.Context, m *run.Model, g generation) error {
	ids, err := m.Prompt(g.prompt)
	if err != nil {
		return usage(fmt.Errorf("--%w", err))
	}
	texts := make([]bytes.Buffer, g.streams)
	direct := !a.json && g.out == ""
	if direct {
		if _, err := io.WriteString(a.Stdout, g.prompt); err != nil {
			return err
		}
	}
	counts := make([]int, g.streams)
	err = m.GenerateStreams(ctx, ids, g.streams, g.sampling, g.seed, func(stream int, token uint16) (bool, error) {
		counts[stream]++
		w := io.Writer(&texts[stream])
		if direct {
			w = a.Stdout
		}
		return counts[stream] < g.tokens, m.Codec.Decode(w, []uint16{token})
	})
	if err != nil {
		return err
	}
	if g.out != "" {
		for i, name := range g.files() {
			if err := os.WriteFile(name, append([]byte(g.prompt), texts[i].Bytes()...), 0o644); err != nil {
				return err
			}
			a.logf("wrote %s", name)
		}
	}
	if a.json {
		return a.printJSON(struct {
			Prompt string `json:"prompt"`
			Text   string `json:"text"`
			Tokens int    `json:"tokens"`
			Seed   uint64 `json:"seed"`
		}{g.prompt, strings.ToValidUTF8(texts[0].String(), "\uFFFD"), g.tokens, g.seed})
	}
	if direct {
		_, err = fmt.Fprintln(a.Stdout)
	}
	return err
}
