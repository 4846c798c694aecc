package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// check looks for unknown keys and values of the wrong type in a document that is
// valid TOML. It returns the first, with its line. The decoder's strict mode is not
// enough: it ignores case, so train.LR would pass, and it does not locate errors in
// inline tables.
func (c *Config) check(doc []byte) (line int, err error) {
	var p unstable.Parser
	p.Reset(doc)
	table := ""
	for p.NextExpression() {
		node := p.Expression()
		if node.Kind == unstable.KeyValue {
			line, err = c.checkPair(&p, table, node)
		} else { // a table, the only other kind of expression
			table, line = keyOf(&p, "", node)
			err = c.checkKey(table, node.Kind)
		}
		if err != nil {
			return line, err
		}
	}
	return 0, p.Error()
}

// checkPair checks a key and its value, including the keys of an inline table.
func (c *Config) checkPair(p *unstable.Parser, table string, pair *unstable.Node) (int, error) {
	key, line := keyOf(p, table, pair)
	value := pair.Value()
	if key == "format_version" {
		return line, nil
	}
	if err := c.checkKey(key, value.Kind); err != nil || value.Kind != unstable.InlineTable {
		return line, err
	}
	for inner := value.Children(); inner.Next(); {
		if line, err := c.checkPair(p, key, inner.Node()); err != nil {
			return line, err
		}
	}
	return line, nil
}

// keyOf returns the full key of a pair or table and its line. table is the table
// that it belongs to, or empty.
func keyOf(p *unstable.Parser, table string, node *unstable.Node) (key string, line int) {
	var parts []string
	if table != "" {
		parts = append(parts, table)
	}
	for it := node.Key(); it.Next(); {
		part := string(it.Node().Data)
		if strings.Contains(part, ".") { // one quoted key, such as "train.lr"
			part = strconv.Quote(part)
		}
		parts = append(parts, part)
		line = p.Shape(it.Node().Raw).Start.Line
	}
	return strings.Join(parts, "."), line
}

// checkKey checks that a key exists and accepts values of a kind.
func (c *Config) checkKey(key string, kind unstable.Kind) error {
	table := kind == unstable.Table || kind == unstable.InlineTable
	place := c.find(key)
	switch {
	case c.isSection(key) && !table:
		return fmt.Errorf("%s is a table; write its keys under a line [%s]", key, key)
	case c.isSection(key):
		return nil
	case !place.IsValid():
		return c.unknown(key)
	case place.Kind() == reflect.String && kind == unstable.String,
		place.Kind() == reflect.Float64 && (kind == unstable.Float || kind == unstable.Integer),
		place.CanInt() && kind == unstable.Integer:
		return nil
	}
	return fmt.Errorf("%s wants %s, not a TOML %s", key, wants(place), strings.ToLower(kind.String()))
}

// isSection reports whether name is one of [Config.sections].
func (c *Config) isSection(name string) bool { return slices.Contains(c.sections(), name) }
