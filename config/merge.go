package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// Merge overrides c with the keys of a TOML document and leaves all other keys as
// they are. An error names source, line and key, and leaves c unchanged. Merge does
// not check values: see [Config.Validate].
func (c *Config) Merge(source string, doc []byte) error {
	doc, err := versioned.Text(doc)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	version := struct {
		FormatVersion any `toml:"format_version"`
	}{int64(FormatVersion)}
	if err := toml.Unmarshal(doc, &version); err != nil {
		return locate(source, err)
	}
	v, ok := version.FormatVersion.(int64)
	if !ok {
		return fmt.Errorf("%s: format_version = %v is not a version; the first is 1", source, version.FormatVersion)
	}
	if err := versioned.Check(int(v), FormatVersion); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if line, err := c.check(doc); err != nil {
		return fmt.Errorf("%s:%d: %w", source, line, err)
	}
	whole := document{Config: *c}
	if err := toml.Unmarshal(doc, &whole); err != nil {
		return locate(source, err)
	}
	*c = whole.Config
	c.Model.canonicalize()
	return nil
}

// locate turns an error of the TOML decoder into one line with its position.
func locate(source string, err error) error {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		return fmt.Errorf("%s: %s", source, text)
	}
	line, _ := decode.Position()
	if tooLarge(text) {
		return fmt.Errorf("%s:%d: %s has a number that is too large", source, line, strings.Join(decode.Key(), "."))
	}
	return fmt.Errorf("%s:%d: %s", source, line, text)
}

// tooLarge tells an error of the TOML decoder about a number that has no value here.
func tooLarge(text string) bool {
	return strings.Contains(text, "value out of range") || strings.Contains(text, "too large to fit")
}

// Set applies one assignment such as "train.lr=3e-3". The value is TOML, but quotes
// around a string may be left out, as in model.mixer=haar:min=2. An error names the
// key and leaves c unchanged. Set does not check values: see [Config.Validate].
func (c *Config) Set(assignment string) error {
	defer c.Model.canonicalize()
	key, value, found := strings.Cut(assignment, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !found {
		return fmt.Errorf("set %q: no value; write key=value, as in train.lr=3e-3", assignment)
	}
	place := c.find(key)
	if !place.IsValid() {
		return fmt.Errorf("set %q: %w", assignment, c.unknown(key))
	}
	if place.Kind() == reflect.String && !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, "'") {
		place.SetString(value)
		return nil
	}
	var doc map[string]any // not c, because the value could contain other keys
	err := toml.Unmarshal([]byte("value = "+value), &doc)
	if err != nil && tooLarge(err.Error()) {
		return fmt.Errorf("set %q: the number is too large", assignment)
	}
	if err != nil || len(doc) != 1 || !assign(place, doc["value"]) {
		return fmt.Errorf("set %q: %s wants %s", assignment, key, wants(place))
	}
	return nil
}

// assign stores a decoded TOML value and reports whether its type fits.
func assign(place reflect.Value, value any) bool {
	switch v := value.(type) {
	case int64:
		if place.Kind() == reflect.Float64 {
			place.SetFloat(float64(v))
			return true
		}
		if place.CanInt() && !place.OverflowInt(v) {
			place.SetInt(v)
			return true
		}
	case float64:
		if place.Kind() == reflect.Float64 {
			place.SetFloat(v)
			return true
		}
	case string:
		if place.Kind() == reflect.String {
			place.SetString(v)
			return true
		}
	}
	return false
}

// wants names the type of a key's value.
func wants(place reflect.Value) string {
	switch place.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// find returns the field of a key, or the zero Value.
func (c *Config) find(key string) reflect.Value {
	for _, f := range c.fields() {
		if f.key == key {
			return f.value
		}
	}
	return reflect.Value{}
}
