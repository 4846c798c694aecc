package compare

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Variant is a mixer spec and the other configuration keys that differ from
// the plan's.
type Variant struct {
	Name string // empty: the label has the spec and the keys
	Spec string
	Set  map[string]any
	// Tuned are the keys that a sweep chose. They are not in the label: the
	// sweep's table has them.
	Tuned map[string]any
}

// tunes tells whether a sweep chose a key, or tries it.
func (v Variant) tunes(key string) bool {
	_, tuned := v.Tuned[key]
	return tuned
}

// canonical is the variant with its spec in the one form of [wavelet.Spec].
func (v Variant) canonical() (Variant, error) {
	if strings.ContainsFunc(v.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return v, fmt.Errorf("variant %q: its name has a character that cannot be printed; choose another name", v.Name)
	}
	spec, err := wavelet.Parse(v.Spec)
	if err != nil {
		return v, err
	}
	v.Spec = spec.String()
	if other, err := wavelet.Parse(v.Name); err == nil && other.String() != v.Spec {
		return v, fmt.Errorf("variant %q: its name is that of another operator than %s; choose another name", v.Name, v.Spec)
	}
	if label, other, err := summary.ParsePrimary(v.Name); v.Name != "" && (err != nil || other != "" || label != v.Name) {
		return v, fmt.Errorf("variant %q: its name cannot stand in a list of primary comparisons; choose one without %q and without spaces around it", v.Name, "against")
	}
	return v, nil
}

// Label names the variant, by its canonical spec if it has no name.
func (v Variant) Label() string {
	if c, err := v.canonical(); err == nil {
		v = c
	}
	return summary.Label(v.Name, v.Spec, v.Set)
}

// shared are the keys that no variant may change: with another value the losses
// of two variants would not be of the same tokens, or their seconds and last bits not of
// the same engine.
var shared = []string{"data.", "eval.", "model.context", "train.seed", "train.engine", "train.device", "train.python"}

// Configure returns a configuration with a variant's mixer and keys.
func (v Variant) Configure(c config.Config) (config.Config, error) {
	c.Model.Mixer = v.Spec
	for _, assignment := range append(config.Assignments(v.Set), config.Assignments(v.Tuned)...) {
		for _, key := range shared {
			if strings.HasPrefix(assignment, key) {
				return c, fmt.Errorf("%s is the same for all variants of a comparison; make a comparison for each value", strings.TrimSuffix(key, "."))
			}
		}
		if err := c.Set(assignment); err != nil {
			return c, err
		}
	}
	return c, c.Validate()
}

// ParseVariant reads a variant as a flag or plan gives it: a spec, optionally
// preceded by a name, which has no colon, and followed by the keys that differ, in braces.
//
//	haar:min=2
//	none{train.lr=2e-3}
//	wide=none{model.width=128,model.hidden=512}
func ParseVariant(text string) (v Variant, err error) {
	head, braces, found := strings.Cut(strings.TrimSpace(text), "{")
	if name, spec, named := strings.Cut(head, "="); named && !strings.Contains(name, ":") {
		if v.Name = strings.TrimSpace(name); v.Name == "" {
			return v, fmt.Errorf("variant %q: no name before =; write NAME=SPEC{key=value}", text)
		}
		head = spec
	}
	v.Spec = strings.TrimSpace(head)
	if v, err = v.canonical(); err != nil || !found {
		return v, err
	}
	braces, closed := strings.CutSuffix(braces, "}")
	if !closed {
		return v, fmt.Errorf("variant %q: no } at the end of its keys; write SPEC{key=value,key=value}", text)
	}
	v.Set = map[string]any{}
	for assignment := range strings.SplitSeq(braces, ",") {
		key, value, ok := strings.Cut(assignment, "=")
		if !ok {
			return v, fmt.Errorf("variant %q: %q gives no value; write key=value", text, assignment)
		}
		if key = strings.TrimSpace(key); v.Set[key] != nil {
			return v, fmt.Errorf("variant %q: it sets %s twice; give one value", text, key)
		}
		v.Set[key] = parseValue(strings.TrimSpace(value))
	}
	return v, nil
}

// parseValue reads a TOML number, or else takes the text as it is.
func parseValue(text string) any {
	var document map[string]any
	if err := toml.Unmarshal([]byte("value = "+text), &document); err == nil && len(document) == 1 {
		return document["value"]
	}
	return text
}

// SplitVariants cuts a list at commas that are not in braces.
func SplitVariants(list string) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range list {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case r == ',' && depth == 0:
			parts = append(parts, list[from:i])
			from = i + 1
		}
	}
	return append(parts, list[from:])
}
