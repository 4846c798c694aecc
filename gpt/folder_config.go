package gpt

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// folderConfig is config.json. A plain model is written as a gpt2: transformers
// loads it and computes the same logits. Every other model has a type that
// transformers does not know; as a gpt2 it would silently lose its operator.
type folderConfig struct {
	Architectures     []string        `json:"architectures"`
	ModelType         string          `json:"model_type"`
	VocabularySize    int             `json:"vocab_size"`
	Positions         int             `json:"n_positions"`
	Width             int             `json:"n_embd"`
	Layers            int             `json:"n_layer"`
	Heads             int             `json:"n_head"`
	Hidden            int             `json:"n_inner"`
	Activation        string          `json:"activation_function"`
	NormEpsilon       float64         `json:"layer_norm_epsilon"`
	InitializerRange  float64         `json:"initializer_range"`
	TieWordEmbeddings bool            `json:"tie_word_embeddings"`
	EmbeddingDropout  float64         `json:"embd_pdrop"`
	ResidualDropout   float64         `json:"resid_pdrop"`
	AttentionDropout  float64         `json:"attn_pdrop"`
	DType             string          `json:"dtype"`
	BOS               json.RawMessage `json:"bos_token_id"` // null: codecs have no such tokens
	EOS               json.RawMessage `json:"eos_token_id"`

	// Only for model_type waveletgpt.
	FormatVersion int    `json:"format_version,omitempty"`
	Position      string `json:"position,omitempty"`
	Norm          string `json:"norm,omitempty"`
	Mixer         string `json:"mixer,omitempty"`
}

const (
	typeGPT2       = "gpt2"
	typeWaveletGPT = "waveletgpt"

	// maxSetting is the length of a setting that errors may quote, in bytes.
	maxSetting = 200

	// folderVersion is the format_version of model_type waveletgpt. A gpt2 has
	// none.
	folderVersion = 1
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
		f.FormatVersion, f.Position, f.Norm, f.Mixer = folderVersion, c.Position, c.Norm, c.Mixer
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(f)
}

// parseConfig reads config.json. If tied, the embedding and the head are one tensor.
func parseConfig(data []byte) (c Config, tied bool, err error) {
	var d configKeys
	if err := versioned.Unmarshal(data, &d); err != nil {
		return c, false, err
	}
	kind, _ := decodeJSON(d["model_type"]).(string)
	switch kind {
	case typeGPT2:
		return parseGPT2(d)
	case typeWaveletGPT:
		return parseWaveletGPT(d, data)
	}
	return c, false, fmt.Errorf("model_type %.40q is not supported; %s and %s are", kind, typeGPT2, typeWaveletGPT)
}

// parseWaveletGPT reads a config.json of ours. It has no aliases, defaults or nulls.
func parseWaveletGPT(d configKeys, data []byte) (c Config, tied bool, err error) {
	var f folderConfig
	if err := versioned.Decode(data, folderVersion, &f); err != nil {
		return c, false, err
	}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if strings.ToLower(key) != key { // encoding/json takes it
			return c, false, fmt.Errorf("unknown key %.100q", key)
		}
	}
	switch {
	case max(len(f.Position), len(f.Norm), len(f.Mixer)) > maxSetting:
		err = fmt.Errorf("position, norm and mixer may have at most %d bytes", maxSetting)
	case f.Activation != "gelu_new":
		err = fmt.Errorf("activation_function %.40q is not supported; gelu_new is", f.Activation)
	case f.NormEpsilon != 1e-5:
		err = fmt.Errorf("layer_norm_epsilon is %v; only 1e-5 is supported", f.NormEpsilon)
	}
	return Config{Vocabulary: f.VocabularySize, Model: config.Model{
		Layers: f.Layers, Width: f.Width, Heads: f.Heads, Hidden: f.Hidden, Context: f.Positions,
		Position: f.Position, Norm: f.Norm, Mixer: f.Mixer, Dropout: f.ResidualDropout,
	}}, f.TieWordEmbeddings, err
}
