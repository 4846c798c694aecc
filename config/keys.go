package config

import (
	"fmt"
	"reflect"
	"strings"
)

// A Key describes one key of the document, for help and for docs/settings.md.
type Key struct {
	Name    string   // as in "train.lr"
	Type    string   // "string", "number" or "whole number"
	Presets []string // its value in each of [Presets], in that order, as TOML
	Meaning string   // what it does, with its unit
	Range   string   // the values that it can have; "" where that is any text
}

// Keys lists all keys in the order of the document.
func Keys() []Key {
	var keys []Key
	var model Config
	for _, f := range model.fields() {
		_, kind, _ := strings.Cut(wants(f.value), " ") // without its article
		about := meanings[f.key]
		keys = append(keys, Key{Name: f.key, Type: kind, Meaning: about.meaning, Range: about.values})
	}
	for _, name := range Presets() {
		c, err := Preset(name)
		if err != nil {
			panic(err) // Presets lists what Preset knows
		}
		for i, f := range c.fields() {
			keys[i].Presets = append(keys[i].Presets, tomlValue(f.value))
		}
	}
	return keys
}

// tomlValue writes a value as a person would in a document.
func tomlValue(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return `"` + v.String() + `"`
	}
	return fmt.Sprint(v)
}

// meanings describes every key; a test finds the one that is missing.
var meanings = map[string]struct{ meaning, values string }{
	"model.family":   {"form of the model: `gpt2` as transformers' GPT2LMHeadModel, `nanochat` as its NanoChatForCausalLM, with rotary positions, RMSNorm, squared ReLU, and a soft cap of the logits; `llama` as its LlamaForCausalLM, with rotary positions, RMSNorm and SwiGLU", "gpt2, nanochat, llama"},
	"model.layers":   {"decoder blocks", "1 to 1024"},
	"model.width":    {"channels of an embedding, a multiple of model.heads", "1 to 1048576"},
	"model.heads":    {"attention heads of a block", "1 to 1048576"},
	"model.kv_heads": {"families `nanochat` and `llama`: heads of keys and values, each for a group of attention heads; 0 is model.heads", "0, or a divisor of model.heads"},
	"model.hidden":   {"channels between the two layers of an MLP; llama has as many gates", "1 to 1048576"},
	"model.context":  {"tokens that the model sees at once", "1 to 1048576"},
	"model.position": {"positions: a learned table, fixed sines, or rotary; rotary needs an even number of channels for each head; empty is the family's own, `learned` for gpt2 and `rope`, the only one, for nanochat and llama", "empty, learned, sinusoidal, rope"},
	"model.norm":     {"place of LayerNorm in a block: before each part (GPT-2), or after it (the first GPT, not nanochat and llama)", "pre, post"},
	"model.mixer":    {"operator, after every block or where its option `at` says; `none` is a plain GPT", "an operator such as haar, shift or window:16"},
	"model.dropout":  {"probability of dropout, at embeddings and residual branches", "0 to less than 1"},
	"model.init":     {"initial weights: as GPT-2, standard deviation 0.02, and less for projections into the residual stream; `width`: matrices have 1 / sqrt(inputs) instead of 0.02; `zero`: as GPT-2, but those projections are zero; empty is the family's own, which is `gpt2` for gpt2; of nanochat the MLP's projections have 0.02, of llama all projections", "empty, gpt2, width, zero"},

	"data.path":      {"file, folder, pattern, archive or prepared set; - is standard input, empty is the source of the Go standard library", ""},
	"data.codec":     {"how bytes become tokens; empty chooses", "a codec such as text8, chars or bytes"},
	"data.medium":    {"what to take of data that holds several media; empty takes sound or MIDI files if there are any, else text", "empty, text, audio, music"},
	"data.min_count": {"codec `chars`: a character that occurs less often gets no token and is written as bytes", "1 to 2147483647"},
	"data.rate":      {"audio: samples a second that recordings are resampled to; 0 takes the rate of the first recording", "0, or 1000 to 768000"},
	"data.level":     {"audio: levels as they are, or scaled so that the largest sample of each recording is 1", "as-is, peak"},
	"data.on_error":  {"a document that cannot be read stops the preparation or is skipped; empty stops for text and skips for other media", "empty, stop, skip"},
	"data.windows":   {"a sequence stays in one document, or may cross documents; empty is `document` for music and `any` for other media", "empty, document, any"},
	"data.hash":      {"hash that the prepared data must have; empty is any. A run records that of its data", "empty, or a SHA-256 in hexadecimal"},

	"train.steps":         {"optimizer updates", "1 to 99999999"},
	"train.batch":         {"sequences of model.context tokens in one forward and backward pass", "1 to 1048576"},
	"train.accumulate":    {"passes whose gradients one update averages", "1 to 1048576"},
	"train.lr":            {"highest learning rate, reached after the warm-up", "more than 0, at most 1000"},
	"train.min_lr":        {"learning rate at the last step of a falling schedule", "0 to train.lr"},
	"train.warmup":        {"steps of linear rise to train.lr; if it is not set, another train.steps scales that of the preset in proportion", "0 to train.steps"},
	"train.schedule":      {"learning rate after the warm-up; `wsd` stays constant and falls at the end (warm-up, stable, decay)", "cosine, constant, linear, wsd"},
	"train.cooldown":      {"schedule `wsd`: share of the steps in which the learning rate falls, the last ones", "more than 0, at most 1"},
	"train.beta1":         {"AdamW: decay of the first moment", "0 to less than 1"},
	"train.beta2":         {"AdamW: decay of the second moment", "0 to less than 1"},
	"train.eps":           {"AdamW: added to the root of the second moment", "more than 0, at most 1"},
	"train.weight_decay":  {"decoupled weight decay, on the matrices of the blocks and the head", "0 to 1000"},
	"train.clip":          {"largest global norm of the gradient; 0 does not clip", "0 to 1e9"},
	"train.seed":          {"seed of initial weights, training windows and dropout", "0 or more"},
	"train.precision":     {"arithmetic of matrix products: float32 without shortcuts; engine `torch` also with TensorFloat-32, or in bfloat16 by autocast", "float32, tf32, bfloat16"},
	"train.threads":       {"sequences computed at the same time, without effect on results; 0 is one for each processor. Engine `torch`: threads of PyTorch, which can change last bits; 0 is its choice", "0 to 65536"},
	"train.lanes":         {"sums that the gradients of a step are added up in, sequence i in sum i mod lanes; one step uses at most this many threads, of all processes together. Another number gives other last bits", "1, 2, 4, 8, 16, 32, 64"},
	"train.save_every":    {"steps between checkpoints; the last step is always saved", "1 to 99999999"},
	"train.keep":          {"newest checkpoints to keep, beside the best", "1 to 99999999"},
	"train.eval_every":    {"steps between evaluations on the validation split, beside a few early ones", "1 to 99999999"},
	"train.optimizer":     {"AdamW for all parameters; or Muon for the weight matrices of the blocks, queries, keys and values apart, and AdamW for the rest", "adamw, muon"},
	"train.muon_lr":       {"Muon: highest learning rate; it rises and falls in proportion to that of train.lr", "more than 0, at most 1000"},
	"train.muon_momentum": {"Muon: decay of Nesterov's momentum", "0 to less than 1"},
	"train.engine":        {"what computes: this program itself, or [PyTorch](pytorch.md#train-with-pytorch) in a separate process", "native, torch"},
	"train.compile":       {"engine `torch`: mode of torch.compile", "off, default, reduce-overhead, max-autotune"},
	"train.device":        {"engine `torch`: where, without effect on the configuration's hash; empty is the first of cuda, mps, xpu and cpu that is there", "empty, or a name as in torch.device, such as cuda:1"},
	"train.python":        {"engine `torch`: interpreter with PyTorch, without effect on the configuration's hash; empty is $WAVELETGPT_PYTHON, then that of `waveletgpt torch setup`, then python3", "empty, or a path"},
	"train.transpose":     {"music: training sequences are transposed by up to this many semitones, up or down", "0 to 11"},
	"train.on_nonfinite":  {"a loss or gradient that is not finite stops the run, or the update is skipped", "stop, skip"},
	"train.on_full_disk":  {"a full disk stops the run, or training continues without saving", "stop, continue"},

	"eval.windows":       {"windows of model.context tokens in an evaluation, fixed and spread over the split", "1 to 1048576"},
	"eval.final_windows": {"windows at most of one more evaluation after the last step, and of the test; 0 is none, and a test on eval.windows", "0 to 1048576"},
}
