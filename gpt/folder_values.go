package gpt

import (
	"encoding/json"
	"slices"
	"strings"
)

// A fieldType is what transformers requires of a value.
type fieldType struct {
	name  string
	holds func(value any) bool
}

var (
	wholeType  = fieldType{"a whole number", isWhole}
	floatType  = fieldType{"a number with a decimal point or exponent", isFloat}
	numberType = fieldType{"a number", func(v any) bool { return isWhole(v) || isFloat(v) }}
	dropType   = fieldType{"a number from 0 to 1", isProbability}
	boolType   = fieldType{"true or false", func(v any) bool { _, ok := v.(bool); return ok }}
	textType   = fieldType{"a string", func(v any) bool { _, ok := v.(string); return ok }}
	labelsType = fieldType{"an object whose keys are whole numbers, or null", isLabels}
	objectType = fieldType{"an object", func(v any) bool { _, ok := v.(map[string]any); return ok }}
	tokensType = fieldType{"a whole number, several, or null", func(v any) bool {
		list, ok := v.([]any)
		return v == nil || isWhole(v) || ok && !slices.ContainsFunc(list, func(v any) bool { return !isWhole(v) })
	}}
)

func orNull(t fieldType) fieldType {
	return fieldType{t.name + " or null", func(v any) bool { return v == nil || t.holds(v) }}
}

func isWhole(v any) bool {
	n, ok := v.(json.Number)
	return ok && !strings.ContainsAny(string(n), ".eE")
}

func isFloat(v any) bool {
	n, ok := v.(json.Number)
	return ok && strings.ContainsAny(string(n), ".eE")
}

func isProbability(v any) bool {
	n, ok := v.(json.Number)
	p, err := n.Float64()
	return ok && err == nil && p >= 0 && p <= 1
}

func isLabels(v any) bool {
	labels, ok := v.(map[string]any)
	for key := range labels {
		ok = ok && isWhole(json.Number(key)) && json.Valid([]byte(key))
	}
	return ok || v == nil
}

// commonTypes are the types that the configurations of transformers 5.23 require in every
// model_type.
var commonTypes = map[string]fieldType{
	"vocab_size":              wholeType,
	"max_position_embeddings": wholeType,
	"hidden_size":             wholeType,
	"num_hidden_layers":       wholeType,
	"num_attention_heads":     wholeType,
	"initializer_range":       floatType,
	"tie_word_embeddings":     boolType,
	"use_cache":               boolType,
	"bos_token_id":            orNull(wholeType),
	"eos_token_id":            tokensType,
	"pad_token_id":            orNull(wholeType),
	"id2label":                labelsType,
	"num_labels":              wholeType,
	"auto_map":                objectType, // code beside the weights, which transformers does not run for these types
}

// commonValues are supported in every model_type.
var commonValues = map[string][]any{
	// The type of the weights in transformers. Here they are always float32.
	"dtype":       {nil, "float32", "float16", "bfloat16", "float64"},
	"torch_dtype": {nil, "float32", "float16", "bfloat16", "float64"},

	// Other attention, layers or weights.
	"attn_implementation":    {nil, "eager", "sdpa"},
	"_attn_implementation":   {nil, "eager", "sdpa"},
	"experts_implementation": {nil},
	"sliding_window":         {nil},
	"attention_chunk_size":   {nil},
	"rope_scaling":           {nil},
	"layer_types":            {nil},
	"mtp_layer_types":        {nil},
	"per_layer_config":       {nil},
	"is_encoder_decoder":     {nil, false},
	"text_config":            {nil},
	"decoder":                {nil},
	"generator":              {nil},
	"quantization_config":    {nil},
	"transformers_weights":   {nil},
	"configuration_files":    {},

	// What transformers returns, and how it spreads a model over devices.
	"return_dict":          {true},
	"output_hidden_states": {nil, true, false},
	"problem_type":         {nil, "regression", "multi_label_classification"},
	"base_model_tp_plan":   {nil},
	"base_model_ep_plan":   {nil},
	"base_model_pp_plan":   {nil},
	"base_model_fsdp_plan": {nil},

	// Names of properties and methods of a configuration.
	"attribute_map": {}, "use_return_dict": {}, "is_heterogeneous": {}, "per_layer_attributes": {},
	"self": {}, "sub_configs": {}, "get_text_config": {}, "default_config_fields": {}, "dict_dtype_to_str": {},
	"to_dict": {}, "to_diff_dict": {}, "to_json_string": {},

	// Keys of model_type waveletgpt: as another type the model would lose its operator.
	"format_version": {}, "family": {}, "position": {}, "norm": {}, "mixer": {},
}

// privateKeys are the keys of transformers itself that old folders hold.
var privateKeys = []string{
	"_name_or_path", "_commit_hash", "_num_labels",
	"_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal",
}
