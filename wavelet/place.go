package wavelet

import (
	"fmt"
	"math"
	"strings"
)

// Place is a set of places in a model where an operator stands.
type Place uint8

// The places.
const (
	AtBlock     Place = 1 << iota // the output of a block
	AtAttention                   // the input of attention, behind its norm if there is one before
	AtMLP                         // the input of the MLP, likewise
	AtQuery                       // the queries, before positions
	AtKey                         // the keys, before positions
	AtValue                       // the values
	AtEmbedding                   // the input of the first block
)

// places are the words of a spec for places, in canonical order. A word for several
// places stands before those for fewer.
var places = []struct {
	word  string
	place Place
}{
	{"block", AtBlock},
	{"input", AtAttention | AtMLP},
	{"attention", AtAttention},
	{"mlp", AtMLP},
	{"qkv", AtQuery | AtKey | AtValue},
	{"kv", AtKey | AtValue},
	{"q", AtQuery},
	{"k", AtKey},
	{"v", AtValue},
	{"embedding", AtEmbedding},
}

// placeWords are the words of a spec for places, joined by a separator.
func placeWords(separator string) string {
	var words []string
	for _, p := range places {
		words = append(words, p.word)
	}
	return strings.Join(words, separator)
}

// parsePlace reads words for places, joined by +.
func parsePlace(text string) (set Place, err error) {
	for word := range strings.SplitSeq(text, "+") {
		var place Place
		for _, p := range places {
			if p.word == word {
				place = p.place
			}
		}
		if place == 0 {
			return 0, fmt.Errorf("at is one of %s, or several joined by +, not %q", placeWords(", "), text)
		}
		if set&place != 0 {
			return 0, fmt.Errorf("at=%s names %s twice", text, set&place)
		}
		set |= place
	}
	return set, nil
}

// String returns the fewest words for the places, joined by +.
func (p Place) String() string {
	var words []string
	for _, known := range places {
		if p&known.place == known.place {
			words = append(words, known.word)
			p &^= known.place
		}
	}
	return strings.Join(words, "+")
}

// Stands reports whether the operator stands at a place of block `layer` (from 0) of
// `layers`. At the embedding the block does not matter.
func (s Spec) Stands(at Place, layer, layers int) bool {
	switch {
	case s.Kind == None || s.At&at == 0:
		return false
	case at == AtEmbedding:
		return true
	}
	return s.Layers.has(layer, layers) && (s.Last || layer < layers-1)
}

// After reports whether the operator follows block `layer` (from 0) of `layers`.
// Otherwise the block's output passes.
func (s Spec) After(layer, layers int) bool { return s.Stands(AtBlock, layer, layers) }

// Check returns an error if a model of so many blocks, channels, heads and positions does
// not have what the spec names, or if the operator would do nothing in it.
func (s Spec) Check(layers, width, heads, context int) error {
	if s.Kind == None {
		return nil
	}
	refused := func(text string, values ...any) error {
		return fmt.Errorf("operator %q: "+text, append([]any{s}, values...)...)
	}
	if n := s.Layers.needs(); n > layers {
		return refused("layers=%s needs %d blocks, but the model has %d; name blocks that it has", s.Layers, n, layers)
	}
	stands := s.At == AtEmbedding
	for layer := range layers {
		stands = stands || s.Stands(s.At&^AtEmbedding, layer, layers)
	}
	if !stands {
		return refused("the operator stands in no block of %d; leave out layers and last", layers)
	}
	if s.At&inHeads != 0 && heads == 1 && width%2 == 1 {
		return refused("queries, keys and values of one head are rewritten in pairs of channels, but the head has %d; use an even model.width or more heads", width)
	}
	if s.Acts(width) == 0 {
		return refused("the operator acts on none of %d channels; use a larger fraction", width)
	}
	for _, g := range s.groups(s.Acts(width), context) {
		if g.delay >= context {
			return refused("a delay of %d leaves only zeros in a context of %d positions; use a smaller delay or a longer context", g.delay, context)
		}
	}
	return nil
}

// inHeads are the places where whole heads act.
const inHeads = AtQuery | AtKey | AtValue

// Channels says which channels of a row of `width` the operator acts on at a place, of
// several at the first one: n of them from each start on. There are two starts in a single head, whose channels i and
// i + width/2 are a rotary pair. Of several heads the last ones act, at least one.
func (s Spec) Channels(at Place, width, heads int) (n int, starts []int) {
	at &= -at
	share := float64(s.Acts(width)) / float64(width)
	some := func(all int) int { return max(1, int(math.Round(share*float64(all)))) }
	switch {
	case at&inHeads == 0 || s.Acts(width) == 0:
		n = s.Acts(width)
	case heads > 1:
		n = some(heads) * (width / heads)
	default:
		half := width / 2
		n = some(half)
		return n, []int{half - n, 2*half - n}
	}
	return n, []int{width - n}
}

// WindowsAt returns for each channel at a place how many positions it depends on, as
// [Operator.Windows] does. Of several places it is the first one.
func (s Spec) WindowsAt(at Place, width, heads, context int) []int {
	windows := identity{width: width}.Windows()
	n, starts := s.Channels(at, width, heads)
	for _, start := range starts {
		copy(windows[start:], s.Acting(n, context).Windows())
	}
	return windows
}
