package run

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
)

// Names in a run directory.
const (
	ConfigFile      = "config.toml"
	CodecFile       = "codec.json"
	MetricsFile     = "metrics.jsonl"
	TimingFile      = "timing.jsonl"
	EvaluationsFile = "evaluations.bin"
	FinalFile       = "final.bin"
	CheckpointsDir  = "checkpoints"
	SamplesDir      = "samples"
	DataDir         = "data" // the prepared set, if the command prepared it for this run
)

// A Run is an open run directory.
type Run struct {
	Dir    string
	Config config.Config
	Codec  media.Codec

	lock *vfs.Lock // nil if this Run does not hold it
}

// Exists reports whether a directory holds a run.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ConfigFile))
	return err == nil
}

// Create creates a run directory and locks it. It fails if the directory already
// holds a run.
func Create(dir string, c config.Config, codec media.Codec) (*Run, error) {
	data, err := media.MarshalCodec(codec)
	if err != nil {
		return nil, err
	}
	if err := vfs.MkdirAll(vfs.OS{}, dir); err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Config: c, Codec: codec}
	if err := r.Lock(); err != nil {
		return nil, err
	}
	if err := r.begin(data); err != nil {
		return nil, errors.Join(err, r.Unlock())
	}
	return r, nil
}

// begin writes the first files of a run.
func (r *Run) begin(codec []byte) error {
	if Exists(r.Dir) {
		return fmt.Errorf("%s already holds a run; continue it with --resume %s, or choose another --out", r.Dir, r.Dir)
	}
	if err := vfs.ReplaceFile(r.Path(CodecFile), codec); err != nil {
		return err
	}
	// The configuration comes last: it makes the directory a run.
	return vfs.ReplaceFile(r.Path(ConfigFile), r.Config.TOML())
}

// Lock keeps other processes from changing the run until Unlock or the end of
// this process. It removes temporary files of a process that was killed. It does
// nothing if this Run holds the lock already.
func (r *Run) Lock() error {
	if r.lock != nil {
		return nil
	}
	lock, err := vfs.LockDir(r.Dir)
	if err != nil {
		return err
	}
	if err := vfs.RemoveTemporary(vfs.OS{}, r.Dir); err != nil {
		return errors.Join(err, lock.Unlock())
	}
	r.lock = lock
	return nil
}

// Unlock allows other processes to change the run.
func (r *Run) Unlock() error {
	lock := r.lock
	r.lock = nil
	return lock.Unlock()
}

// Open opens a run directory.
func Open(dir string) (*Run, error) {
	path := filepath.Join(dir, ConfigFile)
	document, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a run: it has no %s", dir, ConfigFile)
	}
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Config: config.Earlier()}
	if err := r.Config.Merge(path, document); err != nil {
		return nil, err
	}
	if err := r.Config.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if r.Codec, err = media.ReadCodec(os.DirFS(dir), CodecFile); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return r, nil
}

// SameCodec reports whether two codecs map equal bytes to equal tokens.
func SameCodec(a, b media.Codec) bool {
	x, err := media.MarshalCodec(a)
	y, err2 := media.MarshalCodec(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// Path returns the path of a file in the run directory.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, name) }

func (r *Run) store() *checkpoint.Store { return checkpoint.New(r.Path(CheckpointsDir)) }

// WriteSample writes a file that the model of a run generated to samples/.
func WriteSample(dir, name string, data []byte) error {
	dir = filepath.Join(dir, SamplesDir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return vfs.ReplaceFile(filepath.Join(dir, name), data)
}
