package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Assignments writes overrides in the form that [Config.Set] reads, as in
// "train.lr=0.002", sorted by key.
func Assignments(set map[string]any) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(set)) {
		list = append(list, key+"="+FormatValue(set[key]))
	}
	return list
}

// FormatValue prints the value of a key. A value reads the same whether it came
// from TOML, where 256 is an integer, or from JSON, where it is a float.
func FormatValue(value any) string {
	if x, ok := value.(float64); ok && x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatInt(int64(x), 10)
	}
	return fmt.Sprint(value)
}
