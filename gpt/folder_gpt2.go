package gpt

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// gpt2File is the config.json of the family gpt2.
type gpt2File struct {
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
	codeKeys
}

// gpt2Config returns the config.json of a model.
func gpt2Config(c Config) any {
	f := gpt2File{
		Architectures: []string{"GPT2LMHeadModel"}, ModelType: typeGPT2,
		VocabularySize: c.Vocabulary, Positions: c.Context, Width: c.Width,
		Layers: c.Layers, Heads: c.Heads, Hidden: c.Hidden,
		Activation: "gelu_new", NormEpsilon: 1e-5, InitializerRange: 0.02,
		EmbeddingDropout: c.Dropout, ResidualDropout: c.Dropout, DType: "float32",
	}
	if !c.plain() {
		f.Architectures, f.ModelType = []string{"WaveletGPTLMHeadModel"}, typeWaveletGPT
		f.FormatVersion, f.Position, f.Norm, f.Mixer = folderVersion, c.Position, c.Norm, c.Mixer
		f.AutoMap = gpt2Classes
	}
	return f
}

// parseOursGPT2 reads the config.json of a waveletgpt of this family.
func parseOursGPT2(data []byte) (c Config, tied bool, err error) {
	var f gpt2File
	if err := versioned.Decode(data, folderVersion, &f); err != nil {
		return c, false, err
	}
	switch {
	case f.Activation != "gelu_new":
		err = fmt.Errorf("activation_function %.40q is not supported; gelu_new is", f.Activation)
	case f.NormEpsilon != 1e-5:
		err = fmt.Errorf("layer_norm_epsilon is %v; only 1e-5 is supported", f.NormEpsilon)
	case f.Position == "": // ours would be the family's own
		err = errors.New(`position is ""; learned, sinusoidal and rope are supported`)
	}
	return Config{Vocabulary: f.VocabularySize, Model: config.Model{Family: "gpt2",
		Layers: f.Layers, Width: f.Width, Heads: f.Heads, Hidden: f.Hidden, Context: f.Positions,
		Position: f.Position, Norm: f.Norm, Mixer: f.Mixer, Dropout: f.ResidualDropout,
	}}, f.TieWordEmbeddings, err
}

// parseGPT2 reads the config.json of a gpt2. Missing keys get the defaults of
// transformers; keys that do not change the logits are ignored.
func parseGPT2(d configKeys) (c Config, tied bool, err error) {
	if err := gpt2Type.check(d); err != nil {
		return c, false, err
	}
	c = Config{Vocabulary: 50257, Model: config.Model{
		Family: "gpt2", Context: 1024, Width: 768, Layers: 12, Heads: 12, Dropout: 0.1,
		Position: "learned", Norm: "pre", Mixer: "none",
	}}
	tied = true
	read := func(key string, to any) error { return gpt2Type.read(d, key, to) }
	var hidden *int // null or absent: 4 n_embd
	err = cmp.Or(
		read("vocab_size", &c.Vocabulary),
		read("n_positions", &c.Context),
		read("n_embd", &c.Width),
		read("n_layer", &c.Layers),
		read("n_head", &c.Heads),
		read("n_inner", &hidden),
		read("resid_pdrop", &c.Dropout),
		read("tie_word_embeddings", &tied),
	)
	c.Hidden = 4 * c.Width
	if hidden != nil {
		c.Hidden = *hidden
	}
	if err == nil {
		err = gpt2Type.reword(d, c.Validate())
	}
	return c, tied, err
}

// gpt2Type is GPT2Config.
var gpt2Type = modelType{
	settings: settings{context: "n_positions", width: "n_embd", layers: "n_layer", heads: "n_head", hidden: "n_inner"},
	aliases: map[string]string{
		"n_embd":      "hidden_size",
		"n_positions": "max_position_embeddings",
		"n_head":      "num_attention_heads",
		"n_layer":     "num_hidden_layers",
	},
	types: map[string]fieldType{
		"n_positions":                     wholeType,
		"n_embd":                          wholeType,
		"n_layer":                         wholeType,
		"n_head":                          wholeType,
		"n_inner":                         orNull(wholeType),
		"activation_function":             textType,
		"resid_pdrop":                     dropType,
		"embd_pdrop":                      dropType,
		"attn_pdrop":                      dropType,
		"layer_norm_epsilon":              floatType,
		"summary_type":                    textType,
		"summary_use_proj":                boolType,
		"summary_activation":              orNull(textType),
		"summary_proj_to_labels":          boolType,
		"summary_first_dropout":           numberType,
		"scale_attn_weights":              boolType,
		"scale_attn_by_inverse_layer_idx": boolType,
		"reorder_and_upcast_attn":         boolType, // another order of rounding
		"add_cross_attention":             boolType,
	},
	values: map[string][]any{
		// Five formulas of one function; "gelu" is another, by the error function.
		"activation_function":             {"gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate", "gelu_fast"},
		"layer_norm_epsilon":              {1e-5},
		"scale_attn_weights":              {true},
		"scale_attn_by_inverse_layer_idx": {false},
		"add_cross_attention":             {false},
		"rope_parameters":                 {nil},
		"embed_dim":                       {}, // a property of GPT2Config
	},
}
