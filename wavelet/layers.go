package wavelet

import (
	"fmt"
	"strconv"
	"strings"
)

// Layers says in which blocks an operator stands. The zero value is all of them.
type Layers struct {
	rule     layerRule
	from, to int // ranges: the first and the last block, from 0; lasts: to is how many
}

type layerRule uint8

const (
	all layerRule = iota
	ranges
	lasts
	even
	odd
)

// parseLayers reads all, firstN, lastN, even, odd, A-B or A.
func parseLayers(text string) (Layers, error) {
	switch text {
	case "all":
		return Layers{}, nil
	case "even":
		return Layers{rule: even}, nil
	case "odd":
		return Layers{rule: odd}, nil
	}
	refused := fmt.Errorf("layers is all, first3, last3, even, odd, or blocks from 0 such as 2 or 0-3, not %q", text)
	if text, ok := strings.CutPrefix(text, "last"); ok {
		if n := wholeNumber(text, 1); n > 0 {
			return Layers{rule: lasts, to: n}, nil
		}
		return Layers{}, refused
	}
	if text, ok := strings.CutPrefix(text, "first"); ok {
		if n := wholeNumber(text, 1); n > 0 {
			return Layers{rule: ranges, to: n - 1}, nil
		}
		return Layers{}, refused
	}
	first, last, two := strings.Cut(text, "-")
	if !two {
		last = first
	}
	l := Layers{rule: ranges, from: wholeNumber(first, 0), to: wholeNumber(last, 0)}
	if l.from < 0 || l.to < l.from {
		return Layers{}, refused
	}
	return l, nil
}

// String returns the canonical form: blocks from the first one on are firstN.
func (l Layers) String() string {
	switch {
	case l.rule == even:
		return "even"
	case l.rule == odd:
		return "odd"
	case l.rule == lasts:
		return fmt.Sprintf("last%d", l.to)
	case l.rule == ranges && l.from == 0:
		return fmt.Sprintf("first%d", l.to+1)
	case l.rule == ranges && l.from == l.to:
		return strconv.Itoa(l.from)
	case l.rule == ranges:
		return fmt.Sprintf("%d-%d", l.from, l.to)
	}
	return "all"
}

// has reports whether block `layer` of `layers` is one of them.
func (l Layers) has(layer, layers int) bool {
	switch l.rule {
	case ranges:
		return l.from <= layer && layer <= l.to
	case lasts:
		return layer >= layers-l.to
	case even:
		return layer%2 == 0
	case odd:
		return layer%2 == 1
	}
	return true
}

// needs is the smallest number of blocks of a model that has all that are named.
func (l Layers) needs() int {
	switch l.rule {
	case ranges:
		return l.to + 1
	case lasts:
		return l.to
	}
	return 0
}
