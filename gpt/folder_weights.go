package gpt

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// headName is the head's in every family.
const headName = "lm_head.weight"

// buffers are tensors of old files that are no parameters: the causal mask.
var buffers = regexp.MustCompile(`^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$`)

// match finds the tensor of the file for each of the model's. Shapes must be
// equal, and no tensor may be missing or left over. If tied, the embedding and the
// head are one tensor, which files hold under either name or both.
func (m *Model) match(f weights, tied bool) (names []string, err error) {
	prefix, whole, embedding := "", m.family.prefix, m.family.embedding
	if slices.ContainsFunc(f.Names(), func(name string) bool { return strings.HasPrefix(name, whole) }) {
		prefix = whole
	}
	other := make(map[string]string)
	if tied {
		wte := prefix + strings.TrimPrefix(embedding, whole)
		if _, ok := f.Info(headName); !ok {
			other[headName] = wte
		} else if _, ok := f.Info(wte); !ok {
			other[wte] = headName
		}
	}
	known := make(map[string]bool)
	for _, t := range m.tensors {
		name := t.Name
		if base, ok := strings.CutPrefix(name, whole); ok {
			name = prefix + base
		}
		name = cmp.Or(other[name], name)
		if err := checkTensor(f, name, t.Shape); err != nil {
			return nil, err
		}
		known[name] = true
		names = append(names, name)
	}
	for _, name := range f.Names() {
		if !known[name] && !buffers.MatchString(name) {
			return nil, fmt.Errorf("tensor %.100q does not belong to the model", name)
		}
	}
	return names, nil
}

func checkTensor(f weights, name string, shape []int) error {
	info, ok := f.Info(name)
	switch {
	case !ok:
		return fmt.Errorf("no tensor %s", name)
	case !slices.Equal(info.Shape, shape):
		return fmt.Errorf("tensor %s has shape %v, the model needs %v", name, info.Shape, shape)
	}
	return nil
}

// checkTied refuses a file with a head that differs from the embedding while the
// configuration says they are one: versions of transformers disagree on which to
// use.
func (m *Model) checkTied(f weights, tied bool) error {
	if _, ok := f.Info(headName); !ok || !tied {
		return nil
	}
	if !slices.Equal(m.head.weight.of(m.Params), m.wte.of(m.Params)) {
		return errors.New("tie_word_embeddings is true, but " + headName + " differs from the embedding; set it to false, or remove the tensor")
	}
	return nil
}

// readTensor copies a tensor to to. Every element must be finite.
func readTensor(f weights, name string, to []float32) error {
	read, err := f.Tensor(name)
	if err != nil {
		return err
	}
	for i, v := range read.Data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("element %d of tensor %s is not finite", i, name)
		}
	}
	copy(to, read.Data)
	return nil
}

// ReadTensors fills a flat array, such as moments of an optimizer, with the tensors
// of a safetensors file that are named prefix + name. Each must exist, with its
// shape, and be finite.
func ReadTensors(path string, tensors []Tensor, prefix string, flat []float32) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, t := range tensors {
		name := prefix + t.Name
		if err := checkTensor(f, name, t.Shape); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := readTensor(f, name, t.Of(flat)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
