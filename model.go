package waveletgpt

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// A Model is a trained model with the codec of its tokens. Nothing changes it, and
// its methods may be called concurrently.
type Model struct{ run *run.Model }

// Open opens the newest good checkpoint of a run directory, or a model folder: a
// checkpoint or a copy of one. It writes nothing.
//
// Folders without a codec, such as a gpt2 of transformers, open with [gpt.Load].
func Open(dir string) (*Model, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, err
	}
	return &Model{m}, nil
}

// OpenFS opens the model folder at the root of a file system, for example an
// embed.FS behind fs.Sub. It needs config.json, model.safetensors and codec.json
// of a checkpoint. If manifest.json is there too, the files are compared with it.
func OpenFS(fsys fs.FS) (*Model, error) {
	m, err := run.OpenFS(fsys)
	if err != nil {
		return nil, err
	}
	return &Model{m}, nil
}

// Config returns the shape of the model, including its vocabulary and context.
func (m *Model) Config() gpt.Config { return m.run.Config }

// Parameters returns the number of parameters.
func (m *Model) Parameters() int { return m.run.Parameters() }

// Codec returns the name of the codec: text8, chars, bytes, ids, or one of audio
// or music.
func (m *Model) Codec() string { return m.run.Codec.Name() }

// Folder returns the model folder that [Open] read, for example to copy it. It is
// empty after [OpenFS].
func (m *Model) Folder() string { return m.run.Path }

// Damaged returns why newer checkpoints of the run were not used. It is empty if
// the model is the newest.
func (m *Model) Damaged() []error { return m.run.Damaged }

// Encode returns the tokens of r: of a text, or of a file of audio or music for a
// model of these.
func (m *Model) Encode(r io.Reader) (tokens []uint16, err error) {
	_, err = m.run.Codec.Encode(r, func(some []uint16) error {
		tokens = append(tokens, some...)
		return nil
	})
	return tokens, err
}

// Decode writes what tokens stand for: a text, or a whole file of audio (WAV) or
// music (MIDI).
func (m *Model) Decode(w io.Writer, tokens []uint16) error {
	return m.run.Codec.Decode(w, tokens)
}

// Loss returns the mean cross-entropy of every token but the first, in nats per
// token. It is low for tokens that resemble the training data. Like an evaluation
// it splits the tokens into windows of the model's context, so tokens at the start
// of a window are predicted from few others.
func (m *Model) Loss(ctx context.Context, tokens []uint16) (float64, error) {
	if len(tokens) < 2 {
		return 0, fmt.Errorf("loss of %d tokens; give at least 2", len(tokens))
	}
	c := m.Config()
	for i, token := range tokens {
		if int(token) >= c.Vocabulary {
			return 0, fmt.Errorf("loss: token %d is %d, outside the vocabulary of %d", i, token, c.Vocabulary)
		}
	}
	space, sum := m.run.NewWorkspace(), 0.0
	for start := 0; start < len(tokens)-1; start += c.Context {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		window := tokens[start:min(start+c.Context+1, len(tokens))]
		space.Forward(window[:len(window)-1], nil)
		for _, loss := range space.Loss(window[1:]) {
			sum += float64(loss)
		}
	}
	return sum / float64(len(tokens)-1), nil
}
