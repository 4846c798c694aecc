package gpt

import (
	"cmp"
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
)

// Config is the shape of a model: the model section of a configuration, and the
// size of the vocabulary, which depends on the data.
type Config struct {
	config.Model
	Vocabulary int
}

// MaxVocabulary is the largest vocabulary of uint16 tokens.
const MaxVocabulary = 1 << 16

// MaxParameters limits the size of a model, and so what a hostile file can make
// this program allocate.
const MaxParameters = 1 << 31

// Validate returns an error for the first value that breaks a rule. It names the key
// and the value.
func (c Config) Validate() error {
	if c.Vocabulary < 1 || c.Vocabulary > MaxVocabulary {
		return fmt.Errorf("a vocabulary of %d tokens is out of range; 1 to %d are possible", c.Vocabulary, MaxVocabulary)
	}
	return cmp.Or(c.Model.Validate(), c.checkSize())
}

func (c Config) checkSize() error {
	// In float64, because a product of absurd sizes overflows an int.
	n := float64(c.Layers) * float64(c.Width) * (4*float64(c.Width) + 2*float64(c.Hidden)) // gates are not counted
	n += float64(c.Width) * (2*float64(c.Vocabulary) + float64(c.Context))
	if n > MaxParameters {
		return fmt.Errorf("the model would have %.3g parameters; at most %d are supported", n, MaxParameters)
	}
	return nil
}

// headSize is the number of channels of an attention head.
func (c Config) headSize() int { return c.Width / c.Heads }

// FLOPs is the number of floating-point operations of one training step on one
// sequence of T tokens: 6 for each token and weight of a dense layer (2 forward, 4
// backward), causal attention without recomputation, and the operator forward and
// backward.
func (m *Model) FLOPs(T int) int64 {
	c := m.Config
	weights := m.head.in * m.head.out
	for i := range m.blocks {
		for _, l := range m.blocks[i].layers() {
			weights += l.in * l.out
		}
	}
	flops := 6 * int64(weights) * int64(T)
	flops += 6 * int64(c.Layers) * int64(c.Width) * int64(T) * int64(T+1)
	for layer := range c.Layers {
		if m.spec.After(layer, c.Layers) {
			flops += 2 * m.operator.FLOPs(T)
		}
		for _, s := range m.sitesIn(layer) {
			flops += s.flops(T)
		}
	}
	if m.first != nil {
		flops += m.first.flops(T)
	}
	return flops
}
