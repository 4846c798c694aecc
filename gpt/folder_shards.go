package gpt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

const (
	// IndexFile says which file holds which tensor if the weights are in several.
	IndexFile = WeightsFile + ".index.json"

	maxIndexFile = 8 << 20 // bytes; the most tensors that a model may have take 2 MB
	maxShards    = 1000    // files, which are open at once
)

// weights are the tensors of a model folder: a *safetensors.File, or several.
type weights interface {
	Names() []string
	Info(name string) (safetensors.Info, bool)
	Tensor(name string) (safetensors.Tensor, error)
	Close() error
}

// shards are weights in several files.
type shards struct {
	files map[string]*safetensors.File // by name
	where map[string]string            // the file of each tensor
}

// openShards opens the files of an index. Index and files must list the same
// tensors.
func openShards(fsys fs.FS) (*shards, error) {
	data, err := versioned.ReadFile(fsys, IndexFile, maxIndexFile)
	if err != nil {
		return nil, err
	}
	where, err := parseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, err)
	}
	s := &shards{make(map[string]*safetensors.File), where}
	if err := s.open(fsys); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// parseIndex returns the file of each tensor. Files are names in the folder.
func parseIndex(data []byte) (map[string]string, error) {
	// A struct would also take the key in other cases.
	var document map[string]json.RawMessage
	if err := versioned.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	var where map[string]string
	if err := json.Unmarshal(document["weight_map"], &where); err != nil || len(where) == 0 {
		return nil, errors.New("weight_map must list the file of each tensor")
	}
	files := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(where)) {
		file := where[name]
		if !fs.ValidPath(file) || strings.ContainsAny(file, `/\:`) || !strings.HasSuffix(file, ".safetensors") {
			return nil, fmt.Errorf("tensor %.100q is in %.100q, which is not the name of a safetensors file in this folder", name, file)
		}
		files[file] = true
	}
	if len(files) > maxShards {
		return nil, fmt.Errorf("the weights are in %d files; at most %d are supported", len(files), maxShards)
	}
	return where, nil
}

func (s *shards) open(fsys fs.FS) error {
	for _, name := range s.Names() {
		file := s.where[name]
		if s.files[file] == nil {
			f, err := safetensors.OpenFS(fsys, file)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s: there is no file %.100q, which holds tensor %.100q", IndexFile, file, name)
			}
			if err != nil {
				return err
			}
			s.files[file] = f
		}
		if _, ok := s.files[file].Info(name); !ok {
			return fmt.Errorf("%s: file %.100q has no tensor %.100q", IndexFile, file, name)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		for _, name := range s.files[file].Names() {
			if s.where[name] != file {
				return fmt.Errorf("%s: tensor %.100q of file %.100q is not listed there", IndexFile, name, file)
			}
		}
	}
	return nil
}

// Names implements weights.
func (s *shards) Names() []string { return slices.Sorted(maps.Keys(s.where)) }

// Info implements weights.
func (s *shards) Info(name string) (safetensors.Info, bool) {
	file, ok := s.where[name]
	if !ok {
		return safetensors.Info{}, false
	}
	return s.files[file].Info(name)
}

// Tensor implements weights.
func (s *shards) Tensor(name string) (safetensors.Tensor, error) {
	file := s.where[name]
	tensor, err := s.files[file].Tensor(name)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return tensor, err
}

// Close implements weights.
func (s *shards) Close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
