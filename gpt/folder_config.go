package gpt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	Hidden            int             `json:"n_inner"` // null or absent: 4 n_embd
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

// gpt2Config is the config.json of a gpt2 from transformers. The added keys change
// the logits and are only accepted at their defaults.
type gpt2Config struct {
	folderConfig
	ScaleAttention    bool `json:"scale_attn_weights"`
	ScaleByLayer      bool `json:"scale_attn_by_inverse_layer_idx"`
	AddCrossAttention bool `json:"add_cross_attention"`
}

// parseConfig reads config.json. If tied, the weights may lack the head, because it
// is the embedding.
func parseConfig(data []byte) (c Config, tied bool, err error) {
	var kind struct {
		ModelType string `json:"model_type"`
	}
	if err := versioned.Unmarshal(data, &kind); err != nil {
		return c, false, err
	}
	var f folderConfig
	switch kind.ModelType {
	case typeGPT2:
		f, err = parseGPT2(data)
	case typeWaveletGPT:
		if err = versioned.Decode(data, folderVersion, &f); err == nil && max(len(f.Position), len(f.Norm), len(f.Mixer)) > maxSetting {
			err = fmt.Errorf("position, norm and mixer may have at most %d bytes", maxSetting)
		}
	default:
		err = fmt.Errorf("model_type %.40q is not supported; %s and %s are", kind.ModelType, typeGPT2, typeWaveletGPT)
	}
	if err != nil {
		return c, false, err
	}
	switch {
	case f.Activation != "gelu_new" && f.Activation != "gelu_pytorch_tanh": // two names of one function
		err = fmt.Errorf("activation_function %.40q is not supported; gelu_new is", f.Activation)
	case f.NormEpsilon != 1e-5:
		err = fmt.Errorf("layer_norm_epsilon is %v; only 1e-5 is supported", f.NormEpsilon)
	}
	return Config{Vocabulary: f.VocabularySize, Model: config.Model{
		Layers: f.Layers, Width: f.Width, Heads: f.Heads, Hidden: f.Hidden, Context: f.Positions,
		Position: f.Position, Norm: f.Norm, Mixer: f.Mixer, Dropout: f.ResidualDropout,
	}}, f.TieWordEmbeddings, err
}

// parseGPT2 reads a config.json of transformers. Missing keys get the defaults of
// transformers; keys that do not change the logits are ignored.
func parseGPT2(data []byte) (folderConfig, error) {
	f := gpt2Config{
		folderConfig: folderConfig{
			VocabularySize: 50257, Positions: 1024, Width: 768, Layers: 12, Heads: 12,
			Activation: "gelu_new", NormEpsilon: 1e-5, TieWordEmbeddings: true, ResidualDropout: 0.1,
		},
		ScaleAttention: true,
	}
	if err := versioned.Unmarshal(data, &f); err != nil {
		return f.folderConfig, err
	}
	f.Position, f.Norm, f.Mixer = "learned", "pre", "none"
	if f.Hidden == 0 {
		f.Hidden = 4 * f.Width
	}
	switch {
	case !f.ScaleAttention:
		return f.folderConfig, errors.New("scale_attn_weights is false; only true is supported")
	case f.ScaleByLayer:
		return f.folderConfig, errors.New("scale_attn_by_inverse_layer_idx is true; only false is supported")
	case f.AddCrossAttention:
		return f.folderConfig, errors.New("add_cross_attention is true; only models without an encoder are supported")
	}
	return f.folderConfig, nil
}
