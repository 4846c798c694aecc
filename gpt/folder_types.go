package gpt

import "github.com/waveletgpt/waveletgpt/config"

// nanochatSoftCap is the final_logit_softcapping of NanoChatConfig.
const nanochatSoftCap = 15.0

// nanochatType is NanoChatConfig.
var nanochatType = rotaryType{
	family: "nanochat", architecture: "NanoChatForCausalLM", activation: "relu2", softCap: nanochatSoftCap,
	defaults: Config{Vocabulary: 50304, Model: config.Model{Context: 2048, Width: 768, Layers: 12, Heads: 6, Hidden: 8192}},
	modelType: modelType{
		settings: rotarySettings,
		types: map[string]fieldType{
			"intermediate_size":       wholeType,
			"num_key_value_heads":     orNull(wholeType),
			"head_dim":                wholeType, // no key of NanoChatConfig, but read
			"hidden_act":              textType,
			"attention_dropout":       numberType,
			"rms_norm_eps":            floatType,
			"final_logit_softcapping": orNull(floatType),
			"attention_bias":          boolType,
			"resid_pdrop":             dropType,
		},
		values: map[string][]any{
			"hidden_act":              {"relu2"},
			"rms_norm_eps":            {rmsEpsilon},
			"final_logit_softcapping": {nanochatSoftCap},
			"attention_bias":          {false},
			"partial_rotary_factor":   {nil},
		},
	},
}

// llamaType is LlamaConfig.
var llamaType = rotaryType{
	family: "llama", architecture: "LlamaForCausalLM", activation: "silu", mlpBias: new(bool),
	defaults: Config{Vocabulary: 32000, Model: config.Model{Context: 2048, Width: 4096, Layers: 32, Heads: 32, Hidden: 11008}},
	modelType: modelType{
		settings: rotarySettings,
		types: map[string]fieldType{
			"intermediate_size":   wholeType,
			"num_key_value_heads": orNull(wholeType),
			"head_dim":            orNull(wholeType),
			"hidden_act":          textType,
			"attention_dropout":   orNull(numberType),
			"rms_norm_eps":        floatType,
			"attention_bias":      boolType,
			"mlp_bias":            boolType,
			"pretraining_tp":      orNull(wholeType), // another order of rounding, in the past
			"resid_pdrop":         dropType,
		},
		values: map[string][]any{
			"hidden_act":            {"silu", "swish"}, // two names of one function
			"rms_norm_eps":          {rmsEpsilon},
			"attention_bias":        {false},
			"mlp_bias":              {false},
			"partial_rotary_factor": {nil},
		},
	},
}

var rotarySettings = settings{
	context: "max_position_embeddings", width: "hidden_size", layers: "num_hidden_layers",
	heads: "num_attention_heads", kvHeads: "num_key_value_heads", hidden: "intermediate_size",
}
