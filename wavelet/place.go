package wavelet

import (
	"fmt"
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

// Check returns an error if the spec names a block that a model of so many blocks does
// not have, or if its operator stands nowhere in the model.
func (s Spec) Check(layers int) error {
	// last=off in a model of one block has always been a plain model.
	if s.Kind == None || s.At == AtEmbedding || s.Layers == (Layers{}) {
		return nil
	}
	if n := s.Layers.needs(); n > layers {
		return fmt.Errorf("variant %q: layers=%s needs %d blocks, but the model has %d; name blocks that it has", s, s.Layers, n, layers)
	}
	stands := s.Stands(AtEmbedding, 0, layers)
	for layer := range layers {
		stands = stands || s.Stands(s.At, layer, layers)
	}
	if !stands {
		return fmt.Errorf("variant %q: the operator stands in no block of %d; leave out layers and last", s, layers)
	}
	return nil
}
