package wavelet

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A pattern is the argument of windows: groups of channels in order.
type pattern []patternGroup

// A patternGroup are channels that become means of `width` positions that end `delay`
// positions before the present one. share is the weight of their number among all
// groups. A width of 0 is the context.
type patternGroup struct{ share, width, delay int }

// parsePattern reads SHARExWIDTH@DELAY+..., where WIDTH is a number or ctx and @DELAY
// may be left out.
func parsePattern(text string) (pattern, error) {
	var p pattern
	for word := range strings.SplitSeq(text, "+") {
		share, rest, _ := strings.Cut(word, "x")
		width, delay, delayed := strings.Cut(rest, "@")
		g := patternGroup{share: wholeNumber(share, 1)}
		if width != "ctx" {
			g.width = wholeNumber(width, 1)
		}
		if delayed {
			g.delay = wholeNumber(delay, 0)
		}
		if min(g.share, g.width, g.delay) < 0 {
			return nil, fmt.Errorf("windows needs groups SHARExWIDTH@DELAY joined by +, such as windows:2x1@1+1x4@1, with numbers up to %d or the width ctx; %q is none", maxSize, word)
		}
		p = append(p, g)
	}
	return p, nil
}

// String is the canonical text.
func (p pattern) String() string {
	words := make([]string, len(p))
	for i, g := range p {
		width := "ctx"
		if g.width > 0 {
			width = strconv.Itoa(g.width)
		}
		words[i] = fmt.Sprintf("%dx%s", g.share, width)
		if g.delay > 0 {
			words[i] += fmt.Sprintf("@%d", g.delay)
		}
	}
	return strings.Join(words, "+")
}

// counts divides n channels among the groups in proportion to their shares. Each gets
// its part rounded down; the channels that are left go to the largest remainders, the
// first of equal ones.
func (p pattern) counts(n int) []int {
	total := 0
	for _, g := range p {
		total += g.share
	}
	counts, order, left := make([]int, len(p)), make([]int, len(p)), n
	for i, g := range p {
		counts[i], order[i] = n*g.share/total, i
		left -= counts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(n*p[b].share%total, n*p[a].share%total) })
	for _, i := range order[:left] {
		counts[i]++
	}
	return counts
}
