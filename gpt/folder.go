package gpt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// The files of a model folder, under Hugging Face's names.
const (
	ConfigFile  = "config.json"
	WeightsFile = "model.safetensors"

	adapterFile = "adapter_config.json" // transformers would load the adapter beside it
)

// maxConfigFile bounds config.json, in bytes. A real one takes a page.
const maxConfigFile = 1 << 20

// maxTable is how many positions times channels any folder may ask for, however
// small its weights: 64 MB of float32.
const maxTable = 1 << 24

// WriteWeights writes model.safetensors.
func (m *Model) WriteWeights(w io.Writer) error {
	tensors := make([]safetensors.Tensor, len(m.tensors))
	for i, t := range m.tensors {
		tensors[i] = safetensors.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Of(m.Params)}
	}
	return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
}

// Load opens a model folder: one that was written here, or a gpt2 or nanochat that
// transformers wrote, with or without its head, in one safetensors file or several.
// A head that is tied to the embedding becomes a copy of it.
//
// The folder may come from anywhere: Load checks it before it allocates, and then
// uses memory in proportion to the weights file.
func Load(dir string) (*Model, error) {
	m, err := LoadFS(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return m, nil
}

// LoadFS is [Load] for the model folder at the root of a file system, such as an
// embed.FS behind fs.Sub.
func LoadFS(fsys fs.FS) (*Model, error) {
	data, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	c, tied, err := parseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	m, err := Outline(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	f, name, err := openWeights(fsys)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := m.load(f, tied); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readConfig(fsys fs.FS) ([]byte, error) {
	data, err := versioned.ReadFile(fsys, ConfigFile, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("not a model folder: it has no %s", ConfigFile)
	}
	return data, err
}

// openWeights opens the weights: one file, or else several with an index. If there
// are none, the error says which other format the folder has.
func openWeights(fsys fs.FS) (w weights, name string, err error) {
	if _, err := fs.Stat(fsys, adapterFile); err == nil {
		return nil, "", fmt.Errorf("%s: the weights of an adapter are not added to the model; merge them, in peft with merge_and_unload", adapterFile)
	}
	f, err := safetensors.OpenFS(fsys, WeightsFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, WeightsFile, err
	}
	if s, err := openShards(fsys); !errors.Is(err, fs.ErrNotExist) {
		return s, IndexFile, err
	}
	for _, name := range []string{"pytorch_model.bin", "pytorch_model.bin.index.json"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return nil, "", fmt.Errorf("no %s, but %s: such weights can run code and are not read; save the model as safetensors", WeightsFile, name)
		}
	}
	return nil, "", fmt.Errorf("no %s", WeightsFile)
}

// load reads the weights of a file into an outline.
func (m *Model) load(f weights, tied bool) error {
	names, err := m.match(f, tied)
	if err != nil {
		return err
	}
	// The file holds every parameter, but not a table of positions.
	if n := m.Config.table(); n > max(maxTable, m.length) {
		return fmt.Errorf("%d parameters are too few for %d positions with %s, which take %d MB; the configuration belongs to other weights",
			m.Parameters(), m.Config.Context, m.Config.Position, n>>18)
	}
	m.allocate()
	for i, t := range m.tensors {
		if err := readTensor(f, names[i], t.Of(m.Params)); err != nil {
			return err
		}
	}
	if err := m.checkTied(f, tied); err != nil {
		return err
	}
	m.Pack()
	return nil
}

// table is the number of elements that positions need beside the parameters.
func (c Config) table() int {
	switch c.Position {
	case "rope":
		return c.Context * c.headSize()
	case "sinusoidal":
		return c.Context * c.Width
	}
	return 0
}
