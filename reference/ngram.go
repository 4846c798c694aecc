package reference

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// maxOrder is the longest n-gram: a token after six others.
const maxOrder = 7

// ngrams are the n-grams of a text, of orders 1 to maxOrder, as a tree: a node of
// level k is an n-gram of k tokens, and its children are the tokens that follow it.
type ngrams struct {
	vocabulary int
	levels     [maxOrder + 1]level // the only node of level 0 is the empty n-gram
	order      int                 // of losses
}

// A level has the nodes of one order, sorted by their tokens, so that those with the
// same parent are next to each other. It takes 10 bytes a node: 1.1 GB for 20 million
// tokens of which no two n-grams of an order above 1 are the same.
type level struct {
	token    []uint16 // the last of each n-gram
	before   []uint32 // occurrences of all n-grams before it; at the end, of all
	child    []uint32 // its first child in the next level; at the end, the number there
	discount float64
}

// fitNGrams counts the n-grams of texts. None of them reaches from one text into
// another.
func fitNGrams(ctx context.Context, texts [][]uint16, vocabulary int) (*ngrams, error) {
	joined := join(texts)
	positions, err := sorted(ctx, joined, vocabulary+1)
	if err != nil {
		return nil, err
	}
	g := &ngrams{vocabulary: vocabulary, order: 1}
	var nodes [maxOrder + 1]int
	err = walk(ctx, joined, positions, func(_ uint32, known, length int) {
		for k := known + 1; k <= length; k++ {
			nodes[k]++
		}
	})
	if err != nil {
		return nil, err
	}
	for k := range g.levels {
		l := &g.levels[k]
		l.token, l.before = make([]uint16, 0, nodes[k]), make([]uint32, 0, nodes[k]+1)
		if k < maxOrder {
			l.child = make([]uint32, 0, nodes[k]+1)
		}
	}
	var seen [maxOrder + 1]uint32
	g.levels[0].child = []uint32{0, uint32(nodes[1])}
	err = walk(ctx, joined, positions, func(at uint32, known, length int) {
		for k := 1; k <= length; k++ {
			l := &g.levels[k]
			if k > known {
				l.token = append(l.token, uint16(joined[at+uint32(k)-1]-1))
				l.before = append(l.before, seen[k])
				if k < maxOrder {
					l.child = append(l.child, uint32(len(g.levels[k+1].token)))
				}
			}
			seen[k]++
		}
	})
	for k := 1; k <= maxOrder; k++ {
		l := &g.levels[k]
		l.before = append(l.before, seen[k])
		if k < maxOrder {
			l.child = append(l.child, uint32(nodes[k+1]))
		}
		l.discount = discount(l.before)
	}
	return g, err
}

// join returns texts one after another. Tokens count from 1: 0 ends each text, and
// there are enough at the end for an n-gram to begin at the last.
func join(texts [][]uint16) []uint32 {
	n := maxOrder
	for _, text := range texts {
		n += len(text) + 1
	}
	joined := make([]uint32, 0, n)
	for _, text := range texts {
		for _, id := range text {
			joined = append(joined, uint32(id)+1)
		}
		joined = append(joined, 0)
	}
	return append(joined, make([]uint32, maxOrder)...)
}

// maxDigits is the most that a digit of the sort may be: a table of 1 MB.
const maxDigits = 1 << 18

// sorted returns the positions of a joined text, sorted by the maxOrder numbers from
// them on, all below alphabet: a radix sort from the last numbers to the first, with
// as many in a digit as fit.
func sorted(ctx context.Context, joined []uint32, alphabet int) ([]uint32, error) {
	width, digits := 1, alphabet
	for width < maxOrder && digits*alphabet <= maxDigits {
		width, digits = width+1, digits*alphabet
	}
	n := len(joined) - maxOrder
	positions, next := make([]uint32, n), make([]uint32, n)
	for i := range positions {
		positions[i] = uint32(i)
	}
	starts := make([]uint32, digits+1)
	for end := maxOrder; end > 0; end -= width {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from := max(0, end-width)
		digit := func(at uint32) (d uint32) {
			for _, c := range joined[int(at)+from : int(at)+end] {
				d = d*uint32(alphabet) + c
			}
			return d
		}
		clear(starts)
		for at := range uint32(n) {
			starts[digit(at)+1]++
		}
		for d := range digits {
			starts[d+1] += starts[d]
		}
		for _, at := range positions {
			d := digit(at)
			next[starts[d]] = at
			starts[d]++
		}
		positions, next = next, positions
	}
	return positions, nil
}

// walk visits sorted positions. The n-grams that begin there have at most length
// tokens; those of up to known tokens are those of the position before.
func walk(ctx context.Context, joined, positions []uint32, visit func(at uint32, known, length int)) error {
	var last []uint32
	for i, at := range positions {
		if i%(1<<20) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		numbers := joined[at:][:maxOrder]
		known, length := 0, 0
		for length < maxOrder && numbers[length] > 0 {
			if known == length && last != nil && last[length] == numbers[length] {
				known++
			}
			length++
		}
		visit(at, known, length)
		last = numbers
	}
	return nil
}

// discount returns n1/(n1 + 2 n2), where n1 and n2 are how many n-grams of an order
// occur once and twice. Without either the formula has no value between 0 and 1; then
// it is 1/2.
func discount(before []uint32) float64 {
	var n1, n2 float64
	for i := range len(before) - 1 {
		switch before[i+1] - before[i] {
		case 1:
			n1++
		case 2:
			n2++
		}
	}
	if n1 == 0 || n2 == 0 {
		return 0.5
	}
	return n1 / (n1 + 2*n2)
}

// none is the node of an n-gram that the text does not have.
const none = -1

// A history has the nodes of the last tokens: of the last k at k.
type history [maxOrder]int

// noHistory is that of a window of which nothing was read.
func noHistory() history {
	h := history{}
	for k := 1; k < maxOrder; k++ {
		h[k] = none
	}
	return h
}

// read sets p[k] to the probability of a token after a history by n-grams of order k,
// p[0] to that without any, and adds the token to the history.
func (g *ngrams) read(p *[maxOrder + 1]float64, h *history, token uint16) {
	before := *h
	p[0] = 1 / float64(g.vocabulary)
	for k := 1; k <= maxOrder; k++ {
		p[k] = p[k-1]
		if k < maxOrder {
			h[k] = none
		}
		node := before[k-1]
		if node == none {
			continue
		}
		parents, l := &g.levels[k-1], &g.levels[k]
		first, end := parents.child[node], parents.child[node+1]
		if first == end {
			continue // nothing follows: only the end of a text did
		}
		count := 0.0
		if i, ok := slices.BinarySearch(l.token[first:end], token); ok {
			i += int(first)
			count = float64(l.before[i+1] - l.before[i])
			if k < maxOrder {
				h[k] = i
			}
		}
		total := float64(l.before[end] - l.before[first])
		p[k] = (max(count-l.discount, 0) + l.discount*float64(end-first)*p[k-1]) / total
	}
}

func (g *ngrams) name() string { return fmt.Sprintf("%d-gram", g.order) }

// choose sets the order to the one with the lowest loss on windows.
func (g *ngrams) choose(windows [][]uint16) {
	var sums, p [maxOrder + 1]float64
	for _, window := range windows {
		h := noHistory()
		for i, token := range window {
			g.read(&p, &h, token)
			for k := range p {
				if i > 0 {
					sums[k] -= math.Log(p[k])
				}
			}
		}
	}
	for k := 2; k <= maxOrder; k++ {
		if sums[k] < sums[g.order] {
			g.order = k
		}
	}
}

// losses returns the losses of the tokens of a window but the first.
func (g *ngrams) losses(window []uint16) []float64 {
	var p [maxOrder + 1]float64
	h, losses := noHistory(), make([]float64, len(window))
	for i, token := range window {
		g.read(&p, &h, token)
		losses[i] = -math.Log(p[g.order])
	}
	return losses[1:]
}
