package gpt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// The files of a model folder, Hugging Face's names.
const (
	ConfigFile  = "config.json"
	WeightsFile = "model.safetensors"
)

// folderConfig is config.json. A plain model is a gpt2 to the letter:
// transformers opens it and computes our logits. Any other is of a type that
// transformers does not know, because it would silently leave the operator out.
type folderConfig struct {
	Architectures     []string `json:"architectures"`
	ModelType         string   `json:"model_type"`
	VocabularySize    int      `json:"vocab_size"`
	Positions         int      `json:"n_positions"`
	Width             int      `json:"n_embd"`
	Layers            int      `json:"n_layer"`
	Heads             int      `json:"n_head"`
	Hidden            int      `json:"n_inner"`
	Activation        string   `json:"activation_function"`
	NormEpsilon       float64  `json:"layer_norm_epsilon"`
	InitializerRange  float64  `json:"initializer_range"`
	TieWordEmbeddings bool     `json:"tie_word_embeddings"`
	EmbeddingDropout  float64  `json:"embd_pdrop"`
	ResidualDropout   float64  `json:"resid_pdrop"`
	AttentionDropout  float64  `json:"attn_pdrop"`
	DType             string   `json:"dtype"`
	BOS               *int     `json:"bos_token_id"`
	EOS               *int     `json:"eos_token_id"`

	// Of model_type waveletgpt only.
	Position string `json:"position,omitempty"`
	Norm     string `json:"norm,omitempty"`
	Mixer    string `json:"mixer,omitempty"`
}

const (
	typeGPT2       = "gpt2"
	typeWaveletGPT = "waveletgpt"
)

// WriteConfig writes config.json.
func (m *Model) WriteConfig(w io.Writer) error {
	c := m.Config
	f := folderConfig{
		Architectures: []string{"GPT2LMHeadModel"}, ModelType: typeGPT2,
		VocabularySize: c.Vocabulary, Positions: c.Context, Width: c.Width,
		Layers: c.Layers, Heads: c.Heads, Hidden: c.Hidden,
		Activation: "gelu_new", NormEpsilon: 1e-5, InitializerRange: 0.02,
		EmbeddingDropout: c.Dropout, ResidualDropout: c.Dropout, DType: "float32",
	}
	if c.Mixer != "none" || c.Norm != "pre" || c.Position != "learned" {
		f.Architectures, f.ModelType = []string{"WaveletGPTLMHeadModel"}, typeWaveletGPT
		f.Position, f.Norm, f.Mixer = c.Position, c.Norm, c.Mixer
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(f)
}

// WriteWeights writes model.safetensors.
func (m *Model) WriteWeights(w io.Writer) error {
	tensors := make([]safetensors.Tensor, len(m.tensors))
	for i, t := range m.tensors {
		tensors[i] = safetensors.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Of(m.Params)}
	}
	return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
}

// Load opens a model folder, written here or a gpt2 by transformers' names.
func Load(dir string) (*Model, error) {
	c, err := loadConfig(filepath.Join(dir, ConfigFile))
	if err != nil {
		return nil, err
	}
	m, err := New(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, ConfigFile), err)
	}
	if err := m.loadWeights(filepath.Join(dir, WeightsFile)); err != nil {
		return nil, err
	}
	m.Pack()
	return m, nil
}

func loadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%s does not exist: this is no model folder", path)
	}
	if err != nil {
		return Config{}, err
	}
	f := folderConfig{TieWordEmbeddings: true} // what transformers takes where the key is absent
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&f); err != nil {
		return Config{}, fmt.Errorf("%s is damaged: %w", path, err)
	}
	switch {
	case f.ModelType != typeGPT2 && f.ModelType != typeWaveletGPT:
		return Config{}, fmt.Errorf("%s: model_type %q is not known here; %s and %s are", path, f.ModelType, typeGPT2, typeWaveletGPT)
	case f.Activation != "gelu_new":
		return Config{}, fmt.Errorf("%s: activation_function %q is not known here; gelu_new is", path, f.Activation)
	case f.NormEpsilon != 1e-5:
		return Config{}, fmt.Errorf("%s: layer_norm_epsilon is %v; only 1e-5 is known here", path, f.NormEpsilon)
	case f.TieWordEmbeddings:
		return Config{}, fmt.Errorf("%s: tie_word_embeddings is true; only models with a head of their own are known here", path)
	}
	if f.ModelType == typeGPT2 {
		f.Position, f.Norm, f.Mixer = "learned", "pre", "none"
	}
	if f.Hidden == 0 { // n_inner is null: GPT-2's rule
		f.Hidden = 4 * f.Width
	}
	return Config{Vocabulary: f.VocabularySize, Model: config.Model{
		Layers: f.Layers, Width: f.Width, Heads: f.Heads, Hidden: f.Hidden, Context: f.Positions,
		Position: f.Position, Norm: f.Norm, Mixer: f.Mixer, Dropout: f.ResidualDropout,
	}}, nil
}

func (m *Model) loadWeights(path string) error {
	return ReadTensors(path, m.tensors, "", m.Params)
}

// ReadTensors fills a flat array with the tensors of a safetensors file that
// are named prefix + name. Every tensor must be there in its shape and finite.
func ReadTensors(path string, tensors []Tensor, prefix string, flat []float32) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, t := range tensors {
		name := prefix + t.Name
		info, ok := f.Info(name)
		if !ok {
			return fmt.Errorf("%s has no tensor %s", path, name)
		}
		if !slices.Equal(info.Shape, t.Shape) {
			return fmt.Errorf("%s: tensor %s has shape %v, the model wants %v", path, name, info.Shape, t.Shape)
		}
		read, err := f.Tensor(name)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		for i, v := range read.Data {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%s: element %d of tensor %s is not finite", path, i, name)
			}
		}
		copy(t.Of(flat), read.Data)
	}
	return nil
}
