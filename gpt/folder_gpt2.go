package gpt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// configKeys is config.json by key. Keys are spelled exactly, as in Python; a struct
// would also take N_HEAD for n_head.
type configKeys map[string]json.RawMessage

// aliases are second names of keys (attribute_map of GPT2Config). If both are there,
// transformers checks the first and uses the second.
var aliases = map[string]string{
	"n_embd":      "hidden_size",
	"n_positions": "max_position_embeddings",
	"n_head":      "num_attention_heads",
	"n_layer":     "num_hidden_layers",
}

// parseGPT2 reads the config.json of a gpt2. Missing keys get the defaults of
// transformers; keys that do not change the logits are ignored.
func parseGPT2(d configKeys) (c Config, tied bool, err error) {
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if err := checkKey(key, d[key]); err != nil {
			return c, false, err
		}
	}
	c = Config{Vocabulary: 50257, Model: config.Model{
		Context: 1024, Width: 768, Layers: 12, Heads: 12, Dropout: 0.1,
		Position: "learned", Norm: "pre", Mixer: "none",
	}}
	tied = true
	var hidden *int // null or absent: 4 n_embd
	err = cmp.Or(
		d.read("vocab_size", &c.Vocabulary),
		d.read("n_positions", &c.Context),
		d.read("n_embd", &c.Width),
		d.read("n_layer", &c.Layers),
		d.read("n_head", &c.Heads),
		d.read("n_inner", &hidden),
		d.read("resid_pdrop", &c.Dropout),
		d.read("tie_word_embeddings", &tied),
	)
	c.Hidden = 4 * c.Width
	if hidden != nil {
		c.Hidden = *hidden
	}
	if err == nil {
		err = d.reword(c.Validate())
	}
	return c, tied, err
}

// reword puts the keys of config.json into an error about a configuration.
func (d configKeys) reword(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.NewReplacer(
		"a vocabulary of", "vocab_size: a vocabulary of",
		"model.context", d.spelling("n_positions"),
		"model.width", d.spelling("n_embd"),
		"model.layers", d.spelling("n_layer"),
		"model.heads", d.spelling("n_head"),
		"model.hidden", "n_inner",
		"model.dropout", "resid_pdrop",
	).Replace(err.Error()))
}

// spelling is the name under which a key is read: its alias if that is there.
func (d configKeys) spelling(key string) string {
	if _, ok := d[aliases[key]]; ok {
		return aliases[key]
	}
	return key
}

// read reads a key. An absent one changes nothing.
func (d configKeys) read(key string, to any) error {
	key = d.spelling(key)
	raw, ok := d[key]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("%s is %s, which is out of range", key, quoteJSON(raw))
	}
	return nil
}

// checkKey refuses a value that transformers refuses, or that changes the logits in
// a way that is not supported.
func checkKey(key string, raw json.RawMessage) error {
	value := decodeJSON(raw)
	if want, ok := fieldTypes[key]; ok && !want.holds(value) {
		return fmt.Errorf("%s is %s; transformers needs %s", key, quoteJSON(raw), want.name)
	}
	if isFloat(value) { // 1e-5 has many spellings
		value, _ = value.(json.Number).Float64()
	}
	if accepted, ok := onlyValues[key]; ok && !slices.Contains(accepted, value) {
		return fmt.Errorf("%s is %s, which is not supported; %s", key, quoteJSON(raw), remedy(accepted))
	}
	if strings.HasPrefix(key, "_") && !slices.Contains(privateKeys, key) {
		return fmt.Errorf("key %.100q is internal to transformers; remove it", key)
	}
	return nil
}

// remedy says what to do instead of a value that is not supported.
func remedy(accepted []any) string {
	if len(accepted) == 0 {
		return "remove the key"
	}
	var texts []string
	for _, value := range accepted {
		text, _ := json.Marshal(value) // constants, which marshal
		texts = append(texts, string(text))
	}
	return strings.Join(texts, ", ") + " is"
}

// decodeJSON decodes a value of a document, whose syntax was checked. Numbers keep
// their text, because 4 and 4.0 are different types.
func decodeJSON(raw json.RawMessage) (value any) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	_ = d.Decode(&value)
	return value
}

// quoteJSON is a value for an error: one line of limited length.
func quoteJSON(raw json.RawMessage) string {
	var line bytes.Buffer
	_ = json.Compact(&line, raw)
	return fmt.Sprintf("%.40s", line.String())
}
