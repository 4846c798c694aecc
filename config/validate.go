package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// maxSize limits every count, so that products of a few of them fit an int.
const maxSize = 1 << 20

// maxLanes is the largest number of lanes. Each has an array for its gradient.
const maxLanes = 64

// maxSteps is the largest number of the eight digits in a checkpoint's name.
const maxSteps = 99_999_999

// Validate returns an error for the first value that breaks a rule. It names the
// key, the value and what to do. Package media checks the codec.
func (c Config) Validate() error {
	return cmp.Or(c.Model.Validate(), c.Data.Validate(), c.Train.validate(), c.Eval.validate())
}

// Validate checks the keys of the model, as [Config.Validate] does.
func (m Model) Validate() error {
	return cmp.Or(
		oneOf("model.family", m.Family, "gpt2", "nanochat", "llama"),
		whole("model.layers", m.Layers, 1, 1024),
		whole("model.width", m.Width, 1, maxSize),
		whole("model.heads", m.Heads, 1, maxSize),
		whole("model.hidden", m.Hidden, 1, maxSize),
		whole("model.context", m.Context, 1, maxSize),
		whole("model.kv_heads", m.KVHeads, 0, maxSize),
		divides(m.Width, m.Heads),
		oneOf("model.position", m.Position, "", "learned", "sinusoidal", "rope"),
		oneOf("model.norm", m.Norm, "pre", "post"),
		fixed(m.Resolved()),
		rotates(m.Resolved()),
		mixer(m.Mixer),
		within("model.dropout", m.Dropout, m.Dropout >= 0 && m.Dropout < 1, "at least 0 and less than 1"),
		oneOf("model.init", m.Init, "", "gpt2", "width", "zero"),
	)
}

// Validate checks the keys of the data without opening it.
func (d Data) Validate() error {
	return cmp.Or(
		readable("data.path", d.Path),
		readable("data.codec", d.Codec),
		oneOf("data.medium", d.Medium, "", "text", "audio", "music"),
		whole("data.min_count", d.MinCount, 1, 1<<31-1),
		within("data.rate", float64(d.Rate), d.Rate == 0 || d.Rate >= 1000 && d.Rate <= 768_000, "0 (that of the first recording), or 1000 to 768000"),
		oneOf("data.level", d.Level, "as-is", "peak"),
		oneOf("data.on_error", d.OnError, "", "stop", "skip"),
		oneOf("data.windows", d.Windows, "", "document", "any"),
		hash("data.hash", d.Hash),
	)
}

func (t Train) validate() error {
	return cmp.Or(
		whole("train.steps", t.Steps, 1, maxSteps),
		whole("train.batch", t.Batch, 1, maxSize),
		whole("train.accumulate", t.Accumulate, 1, maxSize),
		within("train.lr", t.LR, t.LR > 0 && t.LR <= 1e3, "more than 0 and at most 1000"),
		within("train.min_lr", t.MinLR, t.MinLR >= 0 && t.MinLR <= t.LR, fmt.Sprintf("at least 0 and at most train.lr = %v", t.LR)),
		warmup(t.Warmup, t.Steps),
		oneOf("train.schedule", t.Schedule, "cosine", "constant", "linear", "wsd"),
		within("train.cooldown", t.Cooldown, t.Cooldown > 0 && t.Cooldown <= 1, "more than 0 and at most 1"),
		within("train.beta1", t.Beta1, t.Beta1 >= 0 && t.Beta1 < 1, "at least 0 and less than 1"),
		within("train.beta2", t.Beta2, t.Beta2 >= 0 && t.Beta2 < 1, "at least 0 and less than 1"),
		within("train.eps", t.Eps, t.Eps > 0 && t.Eps <= 1, "more than 0 and at most 1"),
		within("train.weight_decay", t.Decay, t.Decay >= 0 && t.Decay <= 1e3, "at least 0 and at most 1000"),
		within("train.clip", t.Clip, t.Clip >= 0 && t.Clip <= 1e9, "at least 0 (which does not clip) and at most 1e9"),
		within("train.seed", float64(t.Seed), t.Seed >= 0, "at least 0"),
		oneOf("train.engine", t.Engine, "native", "torch"),
		oneOf("train.precision", t.Precision, "float32", "tf32", "bfloat16"),
		oneOf("train.compile", t.Compile, "off", "default", "reduce-overhead", "max-autotune"),
		readable("train.device", t.Device),
		readable("train.python", t.Python),
		ofTorch(t),
		whole("train.threads", t.Threads, 0, 1<<16),
		powerOfTwo("train.lanes", t.Lanes, maxLanes),
		whole("train.save_every", t.SaveEvery, 1, maxSteps),
		whole("train.keep", t.Keep, 1, maxSteps),
		whole("train.eval_every", t.EvalEvery, 1, maxSteps),
		oneOf("train.optimizer", t.Optimizer, "adamw", "muon"),
		within("train.muon_lr", t.MuonLR, t.MuonLR > 0 && t.MuonLR <= 1e3, "more than 0 and at most 1000"),
		within("train.muon_momentum", t.MuonMomentum, t.MuonMomentum >= 0 && t.MuonMomentum < 1, "at least 0 and less than 1"),
		whole("train.transpose", t.Transpose, 0, 11),
		oneOf("train.on_nonfinite", t.OnNonFinite, "stop", "skip"),
		oneOf("train.on_full_disk", t.OnFullDisk, "stop", "continue"),
	)
}

// ofTorch refuses what the native engine does not have.
func ofTorch(t Train) error {
	if t.Engine == "torch" {
		return nil
	}
	for _, s := range []struct{ key, value, own string }{
		{"precision", t.Precision, "float32"}, {"compile", t.Compile, defaultCompile}, {"device", t.Device, ""}, {"python", t.Python, ""},
	} {
		if s.value != s.own {
			return fmt.Errorf("train.%s = %q is for PyTorch; set train.engine = torch too, or train.%s = %q", s.key, s.value, s.key, s.own)
		}
	}
	return nil
}

func (e Eval) validate() error {
	return cmp.Or(
		whole("eval.windows", e.Windows, 1, maxSize),
		whole("eval.final_windows", e.FinalWindows, 0, maxSize),
	)
}

// fixed checks what a family does not leave open.
func fixed(m Model) error {
	refused := func(key string, value any, has, remedy string) error {
		return fmt.Errorf("%s = %v, but model.family = %s has %s; set it to %s", key, value, m.Family, has, remedy)
	}
	switch rotary := m.Family != "gpt2"; {
	case rotary && m.Position != "rope":
		return refused("model.position", m.Position, "rotary positions", `rope, or "" for the family's own`)
	case rotary && m.Norm != "pre":
		return refused("model.norm", m.Norm, "norms before attention and MLP", "pre")
	case !rotary && m.KVHeads > 0:
		return refused("model.kv_heads", m.KVHeads, "keys and values of every head", "0")
	case m.KVHeads > 0 && m.Heads%m.KVHeads != 0:
		return fmt.Errorf("model.heads = %d is not a multiple of model.kv_heads = %d; change one of them", m.Heads, m.KVHeads)
	}
	return nil
}

// rotates checks that a head has pairs of channels for rope to rotate.
func rotates(m Model) error {
	if m.Position == "rope" && m.Heads > 0 && m.Width/m.Heads%2 != 0 {
		return fmt.Errorf("model.position = rope rotates pairs of channels, but a head has model.width / model.heads = %d; make it even", m.Width/m.Heads)
	}
	return nil
}

func whole(key string, value, low, high int) error {
	if value < low || value > high {
		return fmt.Errorf("%s = %d is out of range; set it between %d and %d", key, value, low, high)
	}
	return nil
}

func powerOfTwo(key string, value, high int) error {
	if value < 1 || value > high || value&(value-1) != 0 {
		return fmt.Errorf("%s = %d is no power of two from 1 to %d; set it to one", key, value, high)
	}
	return nil
}

// within takes a condition instead of limits, because limits may be open. A NaN
// fails every condition.
func within(key string, value float64, ok bool, limits string) error {
	if !ok {
		return fmt.Errorf("%s = %v is out of range; set it to %s", key, value, limits)
	}
	return nil
}

func oneOf(key, value string, known ...string) error {
	if !slices.Contains(known, value) {
		known = slices.DeleteFunc(known, func(word string) bool { return word == "" }) // what is left open is not proposed
		return fmt.Errorf("%s = %q is not known; set it to %s", key, value, orList(known))
	}
	return nil
}

func divides(width, heads int) error {
	if heads < 1 || width%heads != 0 {
		return fmt.Errorf("model.width = %d is not a multiple of model.heads = %d; change one of them", width, heads)
	}
	return nil
}

func warmup(value, steps int) error {
	if value < 0 || value > steps {
		return fmt.Errorf("train.warmup = %d is out of range; set it between 0 and train.steps (%d)", value, steps)
	}
	return nil
}

func mixer(spec string) error {
	if spec == "" {
		return fmt.Errorf(`model.mixer = "" names no operator; set it to "none" for a plain GPT`)
	}
	if _, err := wavelet.Parse(spec); err != nil {
		return fmt.Errorf("model.mixer: %w", err)
	}
	return nil
}

// readable refuses a string that a TOML document cannot hold.
func readable(key, value string) error {
	if !utf8.ValidString(value) {
		return fmt.Errorf("%s = %q is not UTF-8, so it cannot be saved; rename it", key, value)
	}
	return nil
}

// hash checks a hexadecimal SHA-256, which may be empty.
func hash(key, value string) error {
	if b, err := hex.DecodeString(value); value != "" && (err != nil || len(b) != sha256.Size) {
		return fmt.Errorf("%s = %q is not a SHA-256 hash; `waveletgpt data info` prints the hash of prepared data", key, value)
	}
	return nil
}
