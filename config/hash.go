package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// document is the content of a file.
type document struct {
	FormatVersion int `toml:"format_version"`
	Config
}

// TOML returns the complete configuration as a document. If [Config.Validate]
// accepts it, [Config.Merge] reads it back to an equal value.
func (c Config) TOML() []byte {
	c.Model.canonicalize()
	b, err := toml.Marshal(document{FormatVersion, c})
	if err != nil {
		panic(err) // cannot happen: every number and string has a TOML form
	}
	return b
}

// unhashed are the keys of train that cannot change results.
var unhashed = []string{"train.threads", "train.save_every", "train.keep", "train.device", "train.python", "train.on_full_disk"}

// Decides reports whether a key decides the results of a run, beside its data: whether it
// is one of those in [Config.Hash].
func Decides(key string) bool {
	return !strings.HasPrefix(key, "data.") && !slices.Contains(unhashed, key)
}

// added are the keys that were added after runs were published, with their defaults
// as [canonical] writes them.
var added = map[string]string{
	"model.family":        `"gpt2"`,
	"model.kv_heads":      "0",
	"model.init":          `""`,
	"train.cooldown":      "0.2",
	"train.lanes":         "8",
	"train.optimizer":     `"adamw"`,
	"train.muon_lr":       "0.02",
	"train.muon_momentum": "0.95",
	"train.engine":        `"native"`,
	"train.compile":       `"off"`,
	"train.on_nonfinite":  `"stop"`,
	"train.transpose":     "0",
	"eval.final_windows":  "0",
}

// Hash identifies everything that decides the results of a run. It is the
// hexadecimal SHA-256 of the lines
//
//	waveletgpt configuration 1
//	model.layers=10
//	...
//	eval.windows=128
//	data=HASH
//
// each followed by a line feed. The keys are those of model, train and eval in
// the order of [Config.TOML], except train.threads, save_every, keep, device,
// python and on_full_disk: they change no result, or, with the engine torch, its last bits
// only. Integers are decimal;
// floating-point numbers have the shortest form that reads back (format 'g' of
// strconv); strings are quoted as by [strconv.Quote]; the model is that of
// [Model.Resolved]. HASH is the argument, the hash of the prepared data set.
//
// A key that was added after runs were published is left out while it has its
// default: model.family = "gpt2", model.kv_heads = 0, model.init = "", train.cooldown = 0.2, train.lanes = 8,
// train.optimizer = "adamw", train.muon_lr = 0.02, train.muon_momentum = 0.95, train.engine = "native",
// train.compile = "off", train.on_nonfinite = "stop",
// train.transpose = 0 and eval.final_windows = 0. Every new key must follow this rule, so that
// published hashes stay valid.
func (c Config) Hash(data string) string {
	c.Model = c.Model.Resolved()
	var text strings.Builder
	fmt.Fprintf(&text, "waveletgpt configuration %d\n", FormatVersion)
	for _, f := range c.fields() {
		value := canonical(f.value)
		if !Decides(f.key) || added[f.key] == value {
			continue
		}
		fmt.Fprintf(&text, "%s=%s\n", f.key, value)
	}
	fmt.Fprintf(&text, "data=%s\n", data)
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])
}

// canonical formats a value for [Config.Hash].
func canonical(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	default:
		return strconv.FormatInt(v.Int(), 10)
	}
}
