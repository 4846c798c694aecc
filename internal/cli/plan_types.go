package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// planTypes says what the keys of a plan want, but for those that take several types.
var planTypes = map[string]string{
	"format_version": "a whole number", "trials": "a whole number",
	"data": "a list of strings", "presets": "a list of strings", "set": "a list of strings", "match": "a list of strings", "primary": "a list of strings",
	"horizons": "a list of whole numbers",
	"variants": "a list",
	"confirm":  "true or false", "probe": "true or false",
}

// checkPlan returns the first value of a plan that has the wrong type, in the words of a
// plan. Everything else is told by [compare.DecodeDocument].
func checkPlan(text []byte) error {
	text, err := versioned.Text(text)
	if err != nil {
		return nil
	}
	var values map[string]any
	err = toml.Unmarshal(text, &values)
	var place *toml.DecodeError
	if errors.As(err, &place) && strings.Contains(err.Error(), "out of range") {
		line, _ := place.Position()
		return fmt.Errorf("line %d: the number is too large", line)
	}
	if err != nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		want, has := planTypes[key], tomlType(values[key])
		anyList := want == "a list" && strings.HasPrefix(has, want) || has == "an empty list" && strings.HasPrefix(want, "a list")
		if want != "" && has != want && !anyList {
			return fmt.Errorf("line %d: %s wants %s, not %s", lineOf(text, key), key, want, has)
		}
	}
	return nil
}

// tomlType names the type of a value. A list of several types is a list.
func tomlType(value any) string {
	switch v := value.(type) {
	case string:
		return "a string"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case bool:
		return "true or false"
	case map[string]any:
		return "a table"
	case []any:
		kinds := map[string]bool{}
		for _, element := range v {
			kinds[tomlType(element)] = true
		}
		if len(v) == 0 {
			return "an empty list"
		}
		for _, kind := range []string{"a string", "a whole number", "a table"} {
			if len(kinds) == 1 && kinds[kind] {
				return "a list of " + strings.TrimPrefix(kind, "a ") + "s"
			}
		}
		return "a list of other things"
	}
	return "a date or time"
}

// lineOf is the line on which a key of a document is first written.
func lineOf(text []byte, key string) int {
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		it := p.Expression().Key() // of which the first part is the key of the document
		if it.Next() && string(it.Node().Data) == key {
			return p.Shape(it.Node().Raw).Start.Line
		}
	}
	return 0
}
