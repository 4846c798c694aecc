package gpt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// configKeys is config.json by key. Keys are spelled exactly, as in Python; a struct
// would also take N_HEAD for n_head.
type configKeys map[string]json.RawMessage

// A modelType says which keys transformers takes in the config.json of a model_type,
// beside those of every type.
type modelType struct {
	settings settings

	// aliases are second names of keys (attribute_map). If both are there, transformers
	// checks the first and uses the second.
	aliases map[string]string

	// types are those that transformers requires, of keys that matter for the logits and
	// of others. Null is not the same as absent.
	types map[string]fieldType

	// values are keys with the values that are supported. With any other the logits would
	// differ, transformers would refuse the folder, or it would read other files.
	values map[string][]any
}

// spelling is the name under which a key is read: its alias if that is there.
func (t modelType) spelling(d configKeys, key string) string {
	if _, ok := d[t.aliases[key]]; ok {
		return t.aliases[key]
	}
	return key
}

// read reads a key. An absent one changes nothing.
func (t modelType) read(d configKeys, key string, to any) error {
	key = t.spelling(d, key)
	raw, ok := d[key]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("%s is %s, which is out of range", key, quoteJSON(raw))
	}
	return nil
}

// settings are the keys of config.json for settings of ours.
type settings struct{ context, width, layers, heads, kvHeads, hidden string }

// reword puts the keys of config.json into an error about a configuration.
func (t modelType) reword(d configKeys, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.NewReplacer(
		"a vocabulary of", "vocab_size: a vocabulary of",
		"model.context", t.spelling(d, t.settings.context),
		"model.width", t.spelling(d, t.settings.width),
		"model.layers", t.spelling(d, t.settings.layers),
		"model.heads", t.spelling(d, t.settings.heads),
		"model.kv_heads", t.settings.kvHeads,
		"model.hidden", t.settings.hidden,
		"model.dropout", "resid_pdrop",
	).Replace(err.Error()))
}

// check refuses a value that transformers refuses, or that changes the logits in a way
// that is not supported.
func (t modelType) check(d configKeys) error {
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if err := t.checkKey(key, d[key]); err != nil {
			return err
		}
	}
	return nil
}

func (t modelType) checkKey(key string, raw json.RawMessage) error {
	value := decodeJSON(raw)
	want, ok := t.types[key]
	if !ok {
		want, ok = commonTypes[key]
	}
	if ok && !want.holds(value) {
		return fmt.Errorf("%s is %s; transformers needs %s", key, quoteJSON(raw), want.name)
	}
	if isFloat(value) { // 1e-5 has many spellings
		value, _ = value.(json.Number).Float64()
	}
	accepted, ok := t.values[key]
	if !ok {
		accepted, ok = commonValues[key]
	}
	if ok && !slices.Contains(accepted, value) {
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
