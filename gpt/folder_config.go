package gpt

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

const (
	typeGPT2       = "gpt2"
	typeWaveletGPT = "waveletgpt"

	// maxSetting is the length of a setting that errors may quote, in bytes.
	maxSetting = 200

	// folderVersion is the format_version of model_type waveletgpt. Other types
	// have none.
	folderVersion = 1
)

// WriteConfig writes config.json. A plain model is written as one of its family:
// transformers loads it and computes the same logits. Every other model has a type that
// transformers does not know; otherwise it would silently lose its operator.
func (m *Model) WriteConfig(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(m.family.config(m.Config))
}

// parseConfig reads config.json. If tied, the embedding and the head are one tensor.
func parseConfig(data []byte) (c Config, tied bool, err error) {
	var d configKeys
	if err := versioned.Unmarshal(data, &d); err != nil {
		return c, false, err
	}
	kind, _ := decodeJSON(d["model_type"]).(string)
	switch kind {
	case typeGPT2:
		return parseGPT2(d)
	case typeWaveletGPT:
		return parseWaveletGPT(d, data)
	}
	if t, ok := rotaryTypes[kind]; ok {
		return t.parse(d)
	}
	return c, false, fmt.Errorf("model_type %.40q is not supported; %s, %s and %s are", kind, typeGPT2, rotaryNames(), typeWaveletGPT)
}

func rotaryNames() string { return strings.Join(slices.Sorted(maps.Keys(rotaryTypes)), ", ") }

// parseWaveletGPT reads a config.json of ours, which has the keys of a family and more.
// It has no aliases, defaults or nulls.
func parseWaveletGPT(d configKeys, data []byte) (c Config, tied bool, err error) {
	parse := parseOursGPT2
	if raw, ok := d["family"]; ok {
		family, _ := decodeJSON(raw).(string)
		t, ok := rotaryTypes[family]
		if !ok {
			return c, false, fmt.Errorf("family is %s, which is not supported; %s are, and %s without this key", quoteJSON(raw), rotaryNames(), typeGPT2)
		}
		parse = t.parseOurs
	}
	if c, tied, err = parse(data); err != nil {
		return c, false, err
	}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if strings.ToLower(key) != key { // encoding/json takes it
			return c, false, fmt.Errorf("unknown key %.100q", key)
		}
	}
	if max(len(c.Position), len(c.Norm), len(c.Mixer)) > maxSetting {
		err = fmt.Errorf("position, norm and mixer may have at most %d bytes", maxSetting)
	}
	if raw, ok := d["auto_map"]; ok && err == nil {
		err = checkClasses(raw, families[c.Family].classes)
	}
	return c, tied, err
}
