package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
)

// A generation holds the flags of generate.
type generation struct {
	dir, prompt, out, soundFont string
	tokens, streams             int
	seconds                     float64
	promptSeconds               float64 // 0: the whole prompt
	longestNote                 float64 // seconds; 0: no limit
	tokensGiven                 bool    // --tokens was given
	seed                        uint64
	sampling                    gpt.Sampling
}

// maxStreams bounds the continuations, each of which keeps its keys and values in
// memory.
const maxStreams = 1024

func (a *App) generateCommand() *cobra.Command {
	var g generation
	c := &cobra.Command{
		Use:   "generate RUN",
		Short: "Continue a prompt with a trained model",
		Long: `Continue a prompt with a trained model. A model of text prints to standard
output. A model of audio or music writes .wav or .mid files to --out, and its
prompt is such a file. RUN is a run, of which the newest good checkpoint is
taken, or a model directory.`,
		Example: `  waveletgpt generate runs/book --prompt "It was" --tokens 200
  waveletgpt generate runs/piano --seconds 10 --prompt a.mid --out b.mid`,
		Args: numArgs(0, 1, "one run or model directory"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.modelArgument(c, args, &g.dir); err != nil {
				return err
			}
			if err := g.check(c.Flags().Changed); err != nil {
				return usage(err)
			}
			if err := checkFolder(g.out); err != nil {
				return input(err)
			}
			if err := g.checkNew(); err != nil {
				return usage(err)
			}
			g.tokensGiven = c.Flags().Changed("tokens")
			m, err := a.openModel(g.dir)
			if err != nil {
				return err
			}
			if err := errors.Join(g.suits(m.Codec, c.Flags().Changed), checkExtension(m.Codec, g.out)); err != nil {
				return usage(err)
			}
			if codec, ok := m.Codec.(media.FileCodec); ok {
				return a.generateRecordings(c.Context(), m, codec, g)
			}
			return a.generateText(c.Context(), m, g)
		},
	}
	c.Flags().StringVar(&g.dir, "run", "", runUsage)
	c.Flags().StringVar(&g.prompt, "prompt", "", "`text` to continue, or an audio or MIDI file (default: the start of a line, or silence)")
	c.Flags().Float64Var(&g.promptSeconds, "prompt-seconds", 0, "take only the first `seconds` of an audio or MIDI file as the prompt; 0 for all")
	c.Flags().StringVar(&g.out, "out", "", "new `file` to write; --streams N inserts -1 to -N before its extension (default: standard output for text)")
	c.Flags().StringVar(&g.soundFont, "soundfont", "", "SoundFont `file` (.sf2) that also renders music to a .wav file beside --out")
	c.Flags().IntVar(&g.streams, "streams", 1, "number of independent continuations")
	c.Flags().IntVar(&g.tokens, "tokens", 400, "number of tokens to generate; of audio and music only if given, else --seconds")
	c.Flags().Float64Var(&g.seconds, "seconds", 0, "seconds of audio or music to generate, instead of --tokens (default for these: 4)")
	c.Flags().Float64Var(&g.longestNote, "longest-note", 20, "`seconds` that a generated note lasts at most; 0 for no limit")
	c.Flags().Float64Var(&g.sampling.Temperature, "temperature", 0.8, "divide the logits by this; 0 always takes the most likely token")
	c.Flags().IntVar(&g.sampling.TopK, "top-k", 0, "sample from this many most likely tokens only; 0 for all")
	c.Flags().Float64Var(&g.sampling.TopP, "top-p", 1, "sample from the fewest tokens whose probabilities sum to this")
	c.Flags().Uint64Var(&g.seed, "seed", 1, "random seed; the same seed gives the same output")
	complete(c, "run", completeDir(math.MaxInt, asModel.takes...))
	c.ValidArgsFunction = completeDir(1, asModel.takes...)
	return c
}

func (g generation) check(changed func(flag string) bool) error {
	switch {
	case g.tokens < 1:
		return fmt.Errorf("--tokens %d: must be at least 1", g.tokens)
	case g.streams < 1 || g.streams > maxStreams:
		return fmt.Errorf("--streams %d: must be from 1 to %d", g.streams, maxStreams)
	case g.streams > 1 && g.out == "":
		return errors.New("--streams needs --out; each file gets a number")
	case changed("seconds") && !(g.seconds > 0 && g.seconds <= 1e6):
		return fmt.Errorf("--seconds %v: must be more than 0 and at most 1e6", g.seconds)
	case changed("seconds") && changed("tokens"):
		return errors.New("--seconds and --tokens exclude each other; choose one")
	case !(g.promptSeconds >= 0 && g.promptSeconds <= 1e6):
		return fmt.Errorf("--prompt-seconds %v: must be from 0 to 1e6", g.promptSeconds)
	case g.promptSeconds > 0 && g.prompt == "":
		return errors.New("--prompt-seconds needs --prompt")
	case !(g.longestNote >= 0 && g.longestNote <= 1e6) || g.longestNote > 0 && g.longestNote < 0.01:
		return fmt.Errorf("--longest-note %v: must be 0, or from 0.01 to 1e6", g.longestNote)
	}
	return g.sampling.Validate()
}

// suits holds the flags against the codec of the model.
func (g generation) suits(codec media.Codec, changed func(flag string) bool) error {
	_, files := codec.(media.FileCodec)
	_, notes := codec.(media.NoteCodec)
	for _, f := range []struct {
		flag, of, instead string
		suits             bool
	}{
		{"soundfont", "music", "remove the flag", notes},
		{"longest-note", "music", "remove the flag", notes},
		{"seconds", "audio and music", "use --tokens", files},
		{"prompt-seconds", "audio and music", "remove the flag", files},
	} {
		if changed(f.flag) && !f.suits {
			return fmt.Errorf("--%s is for %s, but this model has codec %s; %s", f.flag, f.of, codec.Name(), f.instead)
		}
	}
	return nil
}

// checkExtension refuses an --out that is called like a file of another medium.
func checkExtension(codec media.Codec, out string) error {
	c, isFile := codec.(media.FileCodec)
	switch {
	case out == "":
		return nil
	case isFile && !writes(c, out):
		return fmt.Errorf("--out %s: codec %s writes %s files; change the extension", out, codec.Name(), c.Extension())
	case !isFile && slices.Contains([]string{".wav", ".wave", ".flac", ".mp3", ".ogg", ".mid", ".midi"}, strings.ToLower(filepath.Ext(out))):
		return fmt.Errorf("--out %s: codec %s writes text; change the extension, to .txt for example", out, codec.Name())
	}
	return nil
}

// notePrompt says what a model sees of a prompt that is longer than its context.
func (a *App) notePrompt(m *run.Model, ids []uint16) {
	if most := m.Config.Context; len(ids) > most {
		a.logText("note: the prompt has %s; the model sees at most the last %s, its context", typeset.Counted(len(ids), "token"), typeset.Count(float64(most)))
	}
}

// checkFolder holds that a file can be written to its folder, before minutes of
// generating.
func checkFolder(out string) error {
	if out == "" {
		return nil
	}
	dir := filepath.Dir(out)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("--out %s: there is no folder %s; create it first", out, dir)
	case err != nil:
		return fmt.Errorf("--out: %w", err)
	case !info.IsDir():
		return fmt.Errorf("--out %s: %s is not a folder", out, dir)
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		return fmt.Errorf("--out %s is a folder; name a file", out)
	}
	return nil
}

// checkNew refuses an --out of which a file is there: it may be a corpus, a run's
// config.toml, or a piece that somebody likes. Devices and pipes can be written.
func (g generation) checkNew() error {
	if g.out == "" {
		return nil
	}
	for _, name := range g.files() {
		names := []string{name}
		if g.soundFont != "" {
			names = append(names, report.Rendering(name))
		}
		for _, name := range names {
			if _, err := os.Lstat(name); err == nil && !isStream(name) {
				return fmt.Errorf("--out: %s is there already; name another file, or remove it first", name)
			}
		}
	}
	return nil
}

// isStream reports whether a path is a device or a pipe, such as /dev/null.
func isStream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && !info.Mode().IsRegular()
}

// writeOutput writes a file whole or not at all.
func writeOutput(path string, content []byte) error {
	if isStream(path) {
		return os.WriteFile(path, content, 0o666)
	}
	return vfs.ReplaceFile(path, content)
}

// files returns the name of the file of each stream.
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
	if info, err := os.Stat(g.prompt); err == nil && !info.IsDir() {
		a.logText("note: the prompt is the name of a file; for its content use --prompt \"$(cat %s)\"", argument(g.prompt))
	}
	ids, err := m.Prompt(g.prompt)
	if err != nil {
		return usage(fmt.Errorf("--%w", err))
	}
	a.notePrompt(m, ids)
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
			if err := writeOutput(name, append([]byte(g.prompt), texts[i].Bytes()...)); err != nil {
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
