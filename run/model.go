package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/media"
)

// A Model is a trained model with the codec of its tokens.
type Model struct {
	*gpt.Model
	Codec    media.Codec
	DataHash string  // of the data that it was trained on; empty if that is not known
	Path     string  // the folder it was read from; empty for OpenFS
	Damaged  []error // why newer checkpoints of the run were not used
}

// OpenModel opens the model of [ModelFolder] with its codec.
func OpenModel(dir string) (*Model, error) {
	folder, damaged, err := ModelFolder(dir)
	if err != nil {
		return nil, err
	}
	m, err := OpenFS(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	m.Path, m.Damaged = folder, damaged
	return m, nil
}

// OpenFS opens the model folder at the root of a file system: config.json,
// model.safetensors and codec.json. If the manifest of a checkpoint is beside
// them, they are compared with it first.
func OpenFS(fsys fs.FS) (*Model, error) {
	labels, err := checkpoint.Check(fsys, gpt.ConfigFile, gpt.WeightsFile, CodecFile)
	if err != nil {
		return nil, err
	}
	m, err := gpt.LoadFS(fsys)
	if err != nil {
		return nil, err
	}
	codec, err := media.ReadCodec(fsys, CodecFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("no %s, which maps text to tokens; folders of other programs have none", CodecFile)
	}
	if err != nil {
		return nil, err
	}
	if codec.Vocabulary() != m.Config.Vocabulary {
		return nil, fmt.Errorf("the codec has %d tokens, the model %d; they do not belong together", codec.Vocabulary(), m.Config.Vocabulary)
	}
	return &Model{Model: m, Codec: codec, DataHash: labels[checkpoint.DataLabel]}, nil
}

// ErrNoCheckpoint says that a run has no good checkpoint.
var ErrNoCheckpoint = errors.New("no checkpoint")

// ModelFolder returns the folder of a run's newest good checkpoint, or dir itself
// if it is a model folder. damaged says why newer checkpoints were not used. The
// error of a run without a good checkpoint wraps [ErrNoCheckpoint]. A checkpoint of
// another run is an error. It changes nothing.
func ModelFolder(dir string) (folder string, damaged []error, err error) {
	if !Exists(dir) {
		if _, err := os.Stat(filepath.Join(dir, gpt.ConfigFile)); err != nil {
			return "", nil, fmt.Errorf("%s is neither a run (%s) nor a model folder (%s)", dir, ConfigFile, gpt.ConfigFile)
		}
		return dir, nil, nil
	}
	r, err := Open(dir)
	if err != nil {
		return "", nil, err
	}
	found, damaged, err := r.store().Latest(false)
	switch {
	case err != nil:
		return "", nil, err
	case found == nil && len(damaged) > 0:
		return "", nil, fmt.Errorf("%s: %w is good: %w", dir, ErrNoCheckpoint, damaged[0])
	case found == nil:
		return "", nil, fmt.Errorf("%s: %w is there; one is written every train.save_every steps and at the end", dir, ErrNoCheckpoint)
	}
	return found.Dir, damaged, r.owns(found)
}

// TrainedBy is what computed the newest good checkpoint of a run: kernels, or versions
// and device of PyTorch. It is empty if there is none.
func (r *Run) TrainedBy() (string, error) {
	found, _, err := r.store().Latest(false)
	if err != nil || found == nil {
		return "", err
	}
	return found.Labels[checkpoint.TierLabel], nil
}

// owns returns an error if a checkpoint was copied from a run with other data or
// another configuration.
func (r *Run) owns(c *checkpoint.Checkpoint) error {
	data := r.Config.Data.Hash
	if data == "" { // a run of other code
		return nil
	}
	for label, want := range map[string]string{checkpoint.DataLabel: data, checkpoint.ConfigLabel: r.Config.Hash(data)} {
		if got, ok := c.Labels[label]; ok && got != want {
			return fmt.Errorf("%s was trained with %s %.12s, but run %s has %s %.12s; name the checkpoint itself, or restore the run's",
				c.Dir, label, got, r.Dir, label, want)
		}
	}
	return nil
}
