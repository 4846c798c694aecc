package gpt

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// A rotaryType is a model_type of a family with rotary positions, with the keys that most
// such models have in common.
type rotaryType struct {
	modelType
	family, architecture string
	activation           string  // hidden_act
	softCap              decimal // 0: there is no such key
	mlpBias              *bool   // nil: there is no such key
	defaults             Config  // of transformers
}

// rotaryTypes are all, by model_type, which is the family's name too.
var rotaryTypes = map[string]*rotaryType{"nanochat": &nanochatType, "llama": &llamaType}

// rotaryFile is config.json.
type rotaryFile struct {
	Architectures     []string        `json:"architectures"`
	ModelType         string          `json:"model_type"`
	VocabularySize    int             `json:"vocab_size"`
	Positions         int             `json:"max_position_embeddings"`
	Width             int             `json:"hidden_size"`
	Layers            int             `json:"num_hidden_layers"`
	Heads             int             `json:"num_attention_heads"`
	KVHeads           int             `json:"num_key_value_heads"`
	Hidden            int             `json:"intermediate_size"`
	Activation        string          `json:"hidden_act"`
	NormEpsilon       float64         `json:"rms_norm_eps"`
	Rope              rope            `json:"rope_parameters"`
	SoftCap           decimal         `json:"final_logit_softcapping,omitempty"`
	AttentionBias     bool            `json:"attention_bias"`
	MLPBias           *bool           `json:"mlp_bias,omitempty"`
	InitializerRange  float64         `json:"initializer_range"`
	TieWordEmbeddings bool            `json:"tie_word_embeddings"`
	AttentionDropout  float64         `json:"attention_dropout"`
	DType             string          `json:"dtype"`
	BOS               json.RawMessage `json:"bos_token_id"` // null: codecs have no such tokens
	EOS               json.RawMessage `json:"eos_token_id"`
	Pad               json.RawMessage `json:"pad_token_id"` // of a token with an embedding that is not trained

	// A key of GPT-2, which the others keep and do not use.
	ResidualDropout float64 `json:"resid_pdrop,omitempty"`

	// Only for model_type waveletgpt.
	FormatVersion int    `json:"format_version,omitempty"`
	Family        string `json:"family,omitempty"`
	Mixer         string `json:"mixer,omitempty"`
	codeKeys
}

// rope is a value of rope_parameters.
type rope struct {
	Type  string  `json:"rope_type"`
	Theta decimal `json:"rope_theta"`
}

// theRope is the only one that is supported.
var theRope = rope{"default", 10000}

// A decimal has a decimal point in JSON: transformers refuses a whole number for it.
type decimal float64

// MarshalJSON implements json.Marshaler.
func (d decimal) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%.1f", float64(d)), nil }

// config returns the config.json of a model.
func (t *rotaryType) config(c Config) any {
	f := rotaryFile{
		Architectures: []string{t.architecture}, ModelType: t.family,
		VocabularySize: c.Vocabulary, Positions: c.Context, Width: c.Width,
		Layers: c.Layers, Heads: c.Heads, KVHeads: c.kvHeads(), Hidden: c.Hidden,
		Activation: t.activation, NormEpsilon: rmsEpsilon, Rope: theRope, SoftCap: t.softCap, MLPBias: t.mlpBias,
		InitializerRange: 0.02, DType: "float32", ResidualDropout: c.Dropout,
	}
	if !c.plain() {
		f.Architectures, f.ModelType = []string{"WaveletRotaryForCausalLM"}, typeWaveletGPT
		f.FormatVersion, f.Family, f.Mixer = folderVersion, t.family, c.Mixer
		f.AutoMap = rotaryClasses
	}
	return f
}

// parseOurs reads the config.json of a waveletgpt of this family.
func (t *rotaryType) parseOurs(data []byte) (c Config, tied bool, err error) {
	var f rotaryFile
	if err := versioned.Decode(data, folderVersion, &f); err != nil {
		return c, false, err
	}
	switch {
	case f.Activation != t.activation:
		err = fmt.Errorf("hidden_act %.40q is not supported; %s is", f.Activation, t.activation)
	case f.NormEpsilon != rmsEpsilon:
		err = fmt.Errorf("rms_norm_eps is %v; only %v is supported", f.NormEpsilon, rmsEpsilon)
	case f.Rope != theRope:
		err = fmt.Errorf("rope_parameters are of type %.40q with rope_theta %v; only %q with %v are supported", f.Rope.Type, f.Rope.Theta, theRope.Type, theRope.Theta)
	case f.SoftCap != t.softCap:
		err = fmt.Errorf("final_logit_softcapping is %v; only %v is supported", f.SoftCap, t.softCap)
	case f.KVHeads < 1: // 0 would be ours for all heads
		err = fmt.Errorf("num_key_value_heads = %d is out of range; set it to 1 or more", f.KVHeads)
	case f.AttentionBias || f.MLPBias != nil && *f.MLPBias:
		err = errors.New("attention_bias or mlp_bias is true, which is not supported; false is")
	}
	return Config{Vocabulary: f.VocabularySize, Model: config.Model{
		Family: t.family, Layers: f.Layers, Width: f.Width, Heads: f.Heads, KVHeads: f.KVHeads, Hidden: f.Hidden, Context: f.Positions,
		Norm: "pre", Mixer: f.Mixer, Dropout: f.ResidualDropout,
	}}, f.TieWordEmbeddings, err
}

// parse reads the config.json of a plain model. Missing keys get the defaults of
// transformers; keys that do not change the logits are ignored.
func (t *rotaryType) parse(d configKeys) (c Config, tied bool, err error) {
	if err := cmp.Or(t.check(d), checkRope(d)); err != nil {
		return c, false, err
	}
	c = t.defaults
	c.Family, c.Norm, c.Mixer = t.family, "pre", "none"
	read := func(key string, to any) error { return t.read(d, key, to) }
	var kv, size *int // null or absent: as many as heads, and the width over these
	err = cmp.Or(
		read("vocab_size", &c.Vocabulary),
		read("max_position_embeddings", &c.Context),
		read("hidden_size", &c.Width),
		read("num_hidden_layers", &c.Layers),
		read("num_attention_heads", &c.Heads),
		read("num_key_value_heads", &kv),
		read("intermediate_size", &c.Hidden),
		read("head_dim", &size),
		read("resid_pdrop", &c.Dropout),
		read("tie_word_embeddings", &tied),
	)
	switch {
	case err != nil:
	case kv != nil && *kv < 1: // 0 would be ours for all heads
		err = fmt.Errorf("num_key_value_heads = %d is out of range; set it to 1 or more", *kv)
	case kv != nil:
		c.KVHeads = *kv
	}
	if err == nil {
		err = t.reword(d, c.Validate())
	}
	if err == nil && size != nil && *size*c.Heads != c.Width {
		err = fmt.Errorf("head_dim is %d, which is not supported; hidden_size / num_attention_heads = %d is", *size, c.headSize())
	}
	return c, tied, err
}

// checkRope refuses positions other than those of the default.
func checkRope(d configKeys) error {
	isTheta := func(value any) bool {
		number, _ := value.(json.Number)
		theta, err := number.Float64()
		return err == nil && decimal(theta) == theRope.Theta
	}
	if raw, ok := d["rope_theta"]; ok && !isTheta(decodeJSON(raw)) {
		return fmt.Errorf("rope_theta is %s, which is not supported; %v is", quoteJSON(raw), theRope.Theta)
	}
	raw := d["rope_parameters"]
	switch value := decodeJSON(raw).(type) {
	case nil:
	case map[string]any:
		for key, v := range value {
			if !((key == "rope_type" || key == "type") && v == theRope.Type || key == "rope_theta" && isTheta(v)) {
				return fmt.Errorf("rope_parameters is %s, which is not supported; rope_type %q with rope_theta %v is", quoteJSON(raw), theRope.Type, theRope.Theta)
			}
		}
	default:
		return fmt.Errorf("rope_parameters is %s; transformers needs an object or null", quoteJSON(raw))
	}
	return nil
}
