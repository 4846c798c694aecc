package gpt

import (
	"cmp"
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
)

// Config is the shape of a model: the model section of a configuration and
// the number of tokens, which the data decides.
type Config struct {
	config.Model
	Vocabulary int
}

// MaxVocabulary is the number of values of a uint16 token.
const MaxVocabulary = 1 << 16

// MaxParameters bounds the size of a model: what one []float32 and its
// gradients can reasonably be, and what a hostile file may ask for.
const MaxParameters = 1 << 31

// Validate returns the first rule that c breaks, naming key and value.
func (c Config) Validate() error {
	if c.Vocabulary < 1 || c.Vocabulary > MaxVocabulary {
		return fmt.Errorf("a vocabulary of %d tokens is out of range; 1 to %d fit a token", c.Vocabulary, MaxVocabulary)
	}
	return cmp.Or(c.Model.Validate(), c.checkSize())
}

func (c Config) checkSize() error {
	// In float64, because the product of absurd sizes overflows an int.
	n := float64(c.Layers) * float64(c.Width) * (4*float64(c.Width) + 2*float64(c.Hidden))
	n += float64(c.Width) * (2*float64(c.Vocabulary) + float64(c.Context))
	if n > MaxParameters {
		return fmt.Errorf("the model would have %.3g parameters; at most %d are supported", n, MaxParameters)
	}
	return nil
}

// headSize is the channels of one attention head.
func (c Config) headSize() int { return c.Width / c.Heads }

// FLOPs counts the operations of one training step on one sequence of T
// tokens: 6 for every weight of a dense layer and token (2 forward, 4
// backward), causal attention counted once without recomputation, and the
// operator forward and backward.
func (m *Model) FLOPs(T int) int64 {
	c := m.Config
	weights := c.Layers*(4*c.Width*c.Width+2*c.Width*c.Hidden) + c.Vocabulary*c.Width
	flops := 6 * int64(weights) * int64(T)
	flops += 6 * int64(c.Layers) * int64(c.Width) * int64(T) * int64(T+1)
	for layer := range c.Layers {
		if m.spec.After(layer, c.Layers) {
			flops += 2 * m.operator.FLOPs(T)
		}
	}
	return flops
}
