package gpt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// The files of a model folder, Hugging Face's names.
const (
	ConfigFile  = "config.json"
	WeightsFile = "model.safetensors"
)

// maxConfigFile bounds what is read as config.json, which takes a page.
const maxConfigFile = 1 << 20

// maxTable is a number of positions times channels that a folder may ask for
// whatever its weights: 64 MB of float32.
const maxTable = 1 << 24

// WriteWeights writes model.safetensors.
func (m *Model) WriteWeights(w io.Writer) error {
	tensors := make([]safetensors.Tensor, len(m.tensors))
	for i, t := range m.tensors {
		tensors[i] = safetensors.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Of(m.Params)}
	}
	return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
}

// Load opens a model folder: one that was written here, or a gpt2 that
// transformers wrote, whole or without its head, in one safetensors file. A
// head that is tied to the embedding becomes a copy of it. The folder may come
// from anywhere: it is checked before memory is taken for it, which then is in
// proportion to its weights file.
func Load(dir string) (*Model, error) {
	path := filepath.Join(dir, ConfigFile)
	data, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	c, tied, err := parseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m, err := Outline(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := openWeights(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := m.load(f, tied); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, WeightsFile), err)
	}
	return m, nil
}

func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist: this is no model folder", path)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxConfigFile+1))
	if err == nil && len(data) > maxConfigFile {
		err = fmt.Errorf("%s is larger than %d MB, which no configuration is", path, maxConfigFile>>20)
	}
	return data, err
}

// openWeights opens the weights file, or says in what other form the weights
// are there.
func openWeights(dir string) (*safetensors.File, error) {
	f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	for _, other := range []struct{ name, remedy string }{
		{WeightsFile + ".index.json", "the weights are in several files; save them as one, in transformers with max_shard_size"},
		{"pytorch_model.bin", "this is a program and is not run; save the model as safetensors"},
		{"pytorch_model.bin.index.json", "these are programs and are not run; save the model as safetensors"},
	} {
		if _, err := os.Stat(filepath.Join(dir, other.name)); err == nil {
			return nil, fmt.Errorf("%s has no %s but a %s: %s", dir, WeightsFile, other.name, other.remedy)
		}
	}
	return nil, fmt.Errorf("%s has no %s", dir, WeightsFile)
}

// load takes the weights of a file into an outline.
func (m *Model) load(f *safetensors.File, tied bool) error {
	names, err := m.match(f, tied)
	if err != nil {
		return err
	}
	// Every parameter is in the file by now; a table of positions is not.
	if n := m.Config.table(); n > max(maxTable, m.length) {
		return fmt.Errorf("its %d parameters are too few for %d positions with %s, which take %d MB; the configuration does not belong to them",
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

// table is the number of elements that positions take beside the parameters.
func (c Config) table() int {
	switch c.Position {
	case "rope":
		return c.Context * c.headSize()
	case "sinusoidal":
		return c.Context * c.Width
	}
	return 0
}
