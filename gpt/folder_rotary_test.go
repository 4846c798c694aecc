package gpt

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// A plain model is a nanochat with every key that decides its logits, of the type that
// NanoChatConfig requires, and the tensors of NanoChatForCausalLM.
func TestPlainFolderIsNanoChat(t *testing.T) {
	dir := saveFolder(t, newModel(t, nano(1, nil)))
	checkDocument(t, dir, map[string]string{
		"architectures": `["NanoChatForCausalLM"]`, "model_type": `"nanochat"`,
		"vocab_size": "11", "max_position_embeddings": "9", "hidden_size": "12", "num_hidden_layers": "2",
		"num_attention_heads": "2", "num_key_value_heads": "1", "intermediate_size": "20",
		"hidden_act": `"relu2"`, "rms_norm_eps": "0.000001", "rope_parameters": `{"rope_type":"default","rope_theta":10000.0}`,
		"final_logit_softcapping": "15.0", "attention_bias": "false", "initializer_range": "0.02",
		"tie_word_embeddings": "false", "attention_dropout": "0", "dtype": `"float32"`,
		"bos_token_id": "null", "eos_token_id": "null", "pad_token_id": "null",
	})

	f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shapes := map[string][]int{"model.embed_tokens.weight": {11, 12}, "lm_head.weight": {11, 12}}
	for _, layer := range []string{"model.layers.0.", "model.layers.1."} {
		maps.Copy(shapes, map[string][]int{
			layer + "self_attn.q_proj.weight": {12, 12}, layer + "self_attn.k_proj.weight": {6, 12}, layer + "self_attn.v_proj.weight": {6, 12},
			layer + "self_attn.o_proj.weight": {12, 12}, layer + "mlp.fc1.weight": {20, 12}, layer + "mlp.fc2.weight": {12, 20},
		})
	}
	got := map[string][]int{}
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		got[name] = info.Shape
	}
	if !maps.EqualFunc(got, shapes, slices.Equal) {
		t.Errorf("tensors %v, want %v", got, shapes)
	}
}

// A llama has no cap, and names that it has no biases; its tensors are those of
// LlamaForCausalLM.
func TestPlainFolderIsLlama(t *testing.T) {
	dir := saveFolder(t, newModel(t, lama(nil)))
	doc := document(t, dir)
	want := map[string]any{"model_type": "llama", "hidden_act": "silu", "attention_bias": false, "mlp_bias": false, "num_key_value_heads": 1.0, "final_logit_softcapping": nil}
	for key, value := range want {
		if doc[key] != value {
			t.Errorf("%s is %v, want %v", key, doc[key], value)
		}
	}
	if names := fmt.Sprint(doc["architectures"]); names != "[LlamaForCausalLM]" {
		t.Errorf("architectures %s", names)
	}
	f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, shape := range map[string][]int{
		"model.layers.1.mlp.gate_proj.weight": {20, 12}, "model.layers.1.mlp.up_proj.weight": {20, 12}, "model.layers.1.mlp.down_proj.weight": {12, 20},
		"model.layers.1.input_layernorm.weight": {12}, "model.layers.1.post_attention_layernorm.weight": {12}, "model.norm.weight": {12},
	} {
		if info, ok := f.Info(name); !ok || !slices.Equal(info.Shape, shape) {
			t.Errorf("%s has the shape %v, want %v", name, info.Shape, shape)
		}
	}
}

// Any other model is of a type that transformers refuses, and says what it is.
func TestOtherFoldersAreNotNanoChat(t *testing.T) {
	doc := document(t, saveFolder(t, newModel(t, nano(0, func(c *Config) { c.Mixer = "haar" }))))
	for key, want := range map[string]any{"model_type": "waveletgpt", "family": "nanochat", "mixer": "haar", "format_version": 1.0} {
		if doc[key] != want {
			t.Errorf("%s is %v, want %v", key, doc[key], want)
		}
	}
}

// The forms in which transformers may write a nanochat.
func TestLoadNanoChatForms(t *testing.T) {
	m := newModel(t, nano(0, nil))
	copy(m.head.weight.of(m.Params), m.wte.of(m.Params))
	m.Pack()
	headless := tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		return slices.DeleteFunc(all, func(t safetensors.Tensor) bool { return t.Name == headName })
	})
	headOnly := tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		return slices.DeleteFunc(all, func(t safetensors.Tensor) bool { return strings.Contains(t.Name, "embed") })
	})
	bare := tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		for i := range all {
			all[i].Name = strings.TrimPrefix(all[i].Name, "model.")
		}
		return all
	})
	opensAs(t, m, map[string]spoiler{
		"as it is":                   all(),
		"tied, with its head":        set("tie_word_embeddings", true),
		"tied":                       all(set("tie_word_embeddings", true), headless),
		"tied, the head only, bare":  all(set("tie_word_embeddings", true), headOnly, bare),
		"in files, bare":             all(bare, sharded(nil)),
		"as many heads of keys":      set("num_key_value_heads", json.RawMessage("null")),
		"the same, by default":       set("num_key_value_heads", nil),
		"untied by default":          set("tie_word_embeddings", nil),
		"positions by default":       set("rope_parameters", nil),
		"positions null":             set("rope_parameters", json.RawMessage("null")),
		"positions of an old file":   all(set("rope_parameters", nil), set("rope_theta", json.RawMessage("10000"))),
		"positions by another name":  set("rope_parameters", map[string]any{"type": "default"}),
		"the rest by default":        all(set("hidden_act", nil), set("rms_norm_eps", nil), set("final_logit_softcapping", nil), set("attention_bias", nil)),
		"the width of heads":         set("head_dim", 6),
		"keys of others":             all(set("n_embd", 9), set("attention_dropout", 0.5), set("eos_token_id", []int{1, 2}), set("pad_token_id", 1), set("torch_dtype", "float16")),
		"a key of GPT-2's own type":  set("activation_function", "relu"),
		"dropout, of which we train": set("resid_pdrop", 0.5),
	})
}

// The forms of a llama that a nanochat does not have.
func TestLoadLlamaForms(t *testing.T) {
	opensAs(t, newModel(t, lama(nil)), map[string]spoiler{
		"as it is":                      all(),
		"SwiGLU's other name":           set("hidden_act", "swish"),
		"no width of heads":             set("head_dim", json.RawMessage("null")),
		"biases by default":             all(set("attention_bias", nil), set("mlp_bias", nil)),
		"parallel parts, of no effect":  set("pretraining_tp", 2),
		"a cap, of no meaning to Llama": set("final_logit_softcapping", 15.5),
	})
}

// What we do not compute is refused by the name of its key or tensor.
func TestLoadRefusesNanoChat(t *testing.T) {
	plain, haar := func(*Config) {}, func(c *Config) { c.Mixer = "haar" }
	llama := func(c *Config) { c.Family = "llama" }
	null := json.RawMessage("null")
	for _, test := range []struct {
		name   string
		change func(*Config)
		spoil  spoiler
		want   []string
	}{
		{"another activation", plain, set("hidden_act", "gelu"), []string{ConfigFile, `hidden_act is "gelu"`, "relu2"}},
		{"another epsilon", plain, set("rms_norm_eps", 1e-5), []string{ConfigFile, "rms_norm_eps is 0.00001", "0.000001 is"}},
		{"another cap", plain, set("final_logit_softcapping", 30.5), []string{ConfigFile, "final_logit_softcapping is 30.5", "15"}},
		{"no cap", plain, set("final_logit_softcapping", null), []string{ConfigFile, "final_logit_softcapping is null", "15"}},
		{"a cap that transformers refuses", plain, set("final_logit_softcapping", 15), []string{ConfigFile, "final_logit_softcapping is 15;", "decimal point"}},
		{"biases of the MLP", llama, set("mlp_bias", true), []string{ConfigFile, "mlp_bias is true"}},
		{"Llama's other epsilon", llama, set("rms_norm_eps", 1e-5), []string{ConfigFile, "rms_norm_eps is 0.00001"}},
		{"another activation of Llama", llama, set("hidden_act", "relu2"), []string{ConfigFile, `hidden_act is "relu2"`, "silu"}},
		{"a nanochat as a llama", plain, set("model_type", "llama"), []string{ConfigFile, `hidden_act is "relu2"`}},
		{"biases", plain, set("attention_bias", true), []string{ConfigFile, "attention_bias is true"}},
		{"another base of positions", plain, set("rope_parameters", map[string]any{"rope_type": "default", "rope_theta": 5e5}), []string{ConfigFile, "rope_parameters", "500000", "10000"}},
		{"another base, in an old file", plain, set("rope_theta", 1e6), []string{ConfigFile, "rope_theta is 1000000", "10000"}},
		{"no base", plain, set("rope_theta", null), []string{ConfigFile, "rope_theta is null"}},
		{"stretched positions", plain, set("rope_parameters", map[string]any{"rope_type": "linear", "factor": 2.0}), []string{ConfigFile, "rope_parameters", "not supported"}},
		{"stretched positions, in an old file", plain, set("rope_scaling", map[string]any{"type": "linear", "factor": 2.0}), []string{ConfigFile, "rope_scaling"}},
		{"positions as a text", plain, set("rope_parameters", "default"), []string{ConfigFile, `rope_parameters is "default"`}},
		{"positions of a part", plain, set("partial_rotary_factor", 0.5), []string{ConfigFile, "partial_rotary_factor is 0.5"}},
		{"heads of another width", plain, set("head_dim", 8), []string{ConfigFile, "head_dim is 8", "= 6"}},
		{"heads that do not divide", plain, set("num_attention_heads", 5), []string{ConfigFile, "num_attention_heads = 5"}},
		{"heads of odd width", plain, set("num_attention_heads", 4), []string{ConfigFile, "pairs of channels"}},
		{"keys that do not divide", plain, all(set("num_attention_heads", 6), set("num_key_value_heads", 4)), []string{ConfigFile, "num_attention_heads = 6", "num_key_value_heads = 4"}},
		{"no keys", plain, set("num_key_value_heads", 0), []string{ConfigFile, "num_key_value_heads = 0"}},
		{"fewer than no keys", plain, set("num_key_value_heads", -1), []string{ConfigFile, "num_key_value_heads = -1"}},
		{"a negative size", plain, set("num_hidden_layers", -1), []string{ConfigFile, "num_hidden_layers = -1"}},
		{"a size of another type", plain, set("intermediate_size", "20"), []string{ConfigFile, `intermediate_size is "20"`}},
		{"our operator as a nanochat", haar, set("model_type", "nanochat"), []string{ConfigFile, "family", "remove the key"}},
		{"an unknown family", haar, set("family", "mistral"), []string{ConfigFile, `family is "mistral"`, "nanochat"}},
		{"the family of others", haar, set("family", nil), []string{ConfigFile, "unknown key"}},
		{"no heads of keys in our own type", haar, set("num_key_value_heads", nil), []string{ConfigFile, "num_key_value_heads = 0"}},
		{"another cap in our own type", haar, set("final_logit_softcapping", 30.5), []string{ConfigFile, "final_logit_softcapping is 30.5"}},
		{"other positions in our own type", haar, set("rope_parameters", map[string]any{"rope_type": "default", "rope_theta": 5e5}), []string{ConfigFile, "rope_theta 500000"}},
		{"another activation in our own type", haar, set("hidden_act", "gelu"), []string{ConfigFile, "hidden_act"}},
		{"another epsilon in our own type", haar, set("rms_norm_eps", 1e-5), []string{ConfigFile, "rms_norm_eps"}},
		{"biases in our own type", haar, set("attention_bias", true), []string{ConfigFile, "attention_bias"}},
		{"a newer format", haar, set("format_version", 2), []string{ConfigFile, "format_version is 2", "newer"}},

		{"transformers' vocabulary", plain, set("vocab_size", nil), []string{WeightsFile, "model.embed_tokens.weight", "[11 12]", "[50304 12]"}},
		{"fewer heads of keys", plain, set("num_key_value_heads", 1), []string{WeightsFile, "model.layers.0.self_attn.k_proj.weight", "[12 12]", "[6 12]"}},
		{"fewer layers", plain, set("num_hidden_layers", 1), []string{WeightsFile, `"model.layers.1.self_attn.q_proj.weight"`, "does not belong to the model"}},
		{"more layers", plain, set("num_hidden_layers", 3), []string{WeightsFile, "no tensor model.layers.2.self_attn.q_proj.weight"}},
		{"tied with a separate head", plain, set("tie_word_embeddings", true), []string{WeightsFile, "tie_word_embeddings", headName}},
		{"NaN", plain, element(math.NaN()), []string{WeightsFile, "element 5", "not finite"}},
		{"an absurd context", func(c *Config) { c.Width, c.Heads = 24, 1 }, set("max_position_embeddings", 1<<20), []string{WeightsFile, "1048576 positions with rope", "96 MB"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := saveFolder(t, newModel(t, nano(0, test.change)))
			test.spoil(t, dir)
			_, err := Load(dir)
			isRefused(t, err, append(slices.Clone(test.want), dir)...)
		})
	}
}
