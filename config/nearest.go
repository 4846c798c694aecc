package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/spelling"
)

// unknown is the error for a key that does not exist. It suggests the nearest key,
// or lists the keys of the section if none is near.
func (c *Config) unknown(key string) error {
	section, name := split(key)
	nearest, cost := "", math.MaxInt
	var siblings []string
	for _, f := range c.fields() {
		if u := unlikeness(key, f.key); u < cost {
			nearest, cost = f.key, u
		}
		if s, _ := split(f.key); s == section {
			siblings = append(siblings, f.key)
		}
	}
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` {
		key = quoted // a key from a file may hold line feeds
	}
	switch {
	case 2*cost <= len(name):
		return fmt.Errorf("unknown key %s; did you mean %s?", key, nearest)
	case siblings != nil:
		return fmt.Errorf("unknown key %s; choose %s", key, orList(siblings))
	}
	return fmt.Errorf("unknown key %s; choose a key of %s", key, orList(c.sections()))
}

// unlikeness is how much a written key differs from a known one: the edit distance
// of their last parts, or 1 if one abbreviates the other (learning_rate, lr;
// batch_size, batch), plus 1 if their sections differ.
func unlikeness(written, known string) int {
	ws, w := split(written)
	ks, k := split(known)
	cost := spelling.Distance(w, k)
	if cost > 1 && (initials(w) == k || initials(k) == w || strings.HasPrefix(w, k+"_")) {
		cost = 1
	}
	if ws != ks {
		cost++
	}
	return cost
}

// split cuts a key at its last dot.
func split(key string) (section, name string) {
	i := strings.LastIndexByte(key, '.')
	return key[:max(i, 0)], key[i+1:]
}

// initials returns the first byte of each word of a name_like_this.
func initials(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(word[:min(1, len(word))])
	}
	return b.String()
}
