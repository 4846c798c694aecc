package gpt

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// Null differs from an absent key: transformers takes it for few keys, and a default
// is never put in its place.
func TestLoadRefusesNull(t *testing.T) {
	for _, of := range []struct {
		c    Config
		read modelType
	}{{tiny(nil), gpt2Type}, {nano(0, nil), nanochatType.modelType}, {nano(0, func(c *Config) { c.Family = "llama" }), llamaType.modelType}} {
		m := newModel(t, of.c)
		types := maps.Clone(commonTypes)
		maps.Copy(types, of.read.types)
		for key, want := range types {
			dir := saveFolder(t, m)
			set(key, json.RawMessage("null"))(t, dir)
			_, err := Load(dir)
			taken := want.holds(nil) && key != "n_inner" && key != "final_logit_softcapping" // whose null is another size, or no cap
			switch {
			case taken && err != nil:
				t.Errorf("%s: %s: %v", of.c.Family, key, err)
			case !want.holds(nil) && (err == nil || !strings.Contains(err.Error(), key+" is null")):
				t.Errorf("%s: %s: error %v", of.c.Family, key, err)
			}
		}
	}
}

// A size under its alias is named by its alias.
func TestAliasesInErrors(t *testing.T) {
	m := newModel(t, tiny(nil))
	for key, alias := range gpt2Type.aliases {
		for _, value := range []any{0, -1, 1e18, "2", 2.5, true, []int{2}} {
			dir := saveFolder(t, m)
			set(alias, value)(t, dir)
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), alias) || strings.Contains(err.Error(), key+" ") {
				t.Errorf("%s = %v: error %v", alias, value, err)
			}
		}
	}
}

func TestFieldTypes(t *testing.T) {
	for _, test := range []struct {
		t          fieldType
		good, fail []string
	}{
		{wholeType, []string{"4", "-1", "0"}, []string{"4.0", "4e0", `"4"`, "true", "null", "[4]", "{}"}},
		{floatType, []string{"1e-5", "0.5", "1E3"}, []string{"1", `"0.5"`, "null", "false"}},
		{dropType, []string{"0", "1", "0.5", "1e-3"}, []string{"1.5", "-0.1", "2", "true", "null", "1e999"}},
		{boolType, []string{"true", "false"}, []string{"0", "1", `"true"`, "null"}},
		{tokensType, []string{"1", "null", "[1, 2]", "[]"}, []string{"1.5", `["a"]`, `"a"`, "[null]", "true"}},
		{labelsType, []string{"null", "{}", `{"0": "a", "-1": "b"}`}, []string{"[]", `{"a": "b"}`, `{"1.5": 1}`, `{"": 1}`, "3"}},
		{objectType, []string{"{}"}, []string{"null", "[]", "3"}},
	} {
		for _, raw := range test.good {
			if !test.t.holds(decodeJSON(json.RawMessage(raw))) {
				t.Errorf("%s is not %s", raw, test.t.name)
			}
		}
		for _, raw := range test.fail {
			if test.t.holds(decodeJSON(json.RawMessage(raw))) {
				t.Errorf("%s is %s", raw, test.t.name)
			}
		}
	}
}
