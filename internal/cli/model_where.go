package cli

import (
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// place is where an operator stands, and in which blocks, from 0. At the embedding there
// are none.
type place struct {
	At      string `json:"at"`
	Blocks  []int  `json:"blocks"`
	Windows []int  `json:"windows"`
}

func placesOf(spec wavelet.Spec, c config.Model) []place {
	places := []place{}
	for at := wavelet.AtBlock; at <= wavelet.AtEmbedding; at <<= 1 {
		width, heads := c.Row(at)
		p := place{At: at.String(), Blocks: []int{}, Windows: spec.WindowsAt(at, width, heads, c.Context)}
		for layer := range c.Layers {
			if at != wavelet.AtEmbedding && spec.Stands(at, layer, c.Layers) {
				p.Blocks = append(p.Blocks, layer)
			}
		}
		if len(p.Blocks) > 0 || at == wavelet.AtEmbedding && spec.Stands(at, 0, c.Layers) {
			places = append(places, p)
		}
	}
	return places
}

// where says it in words. The blocks are the same for all places in blocks.
func (d *description) where() string {
	names := map[string]string{
		"attention": "at the input of attention", "mlp": "at the input of the MLP", "q": "at the queries", "k": "at the keys", "v": "at the values",
	}
	var parts []string
	var blocks []int
	for _, p := range d.Places {
		if len(p.Blocks) > 0 {
			blocks = p.Blocks
			parts = append(parts, names[p.At]) // empty: after the block
		}
	}
	text := "block " + typeset.List(texts(blocks))
	switch n := len(blocks); {
	case n == d.Layers:
		text = "every block"
	case n > 0 && n == d.Layers-1 && blocks[n-1] == n-1:
		text = "every block but the last"
	case n > 1:
		text = "blocks " + typeset.List(texts(blocks))
	}
	switch {
	case len(parts) == 0:
		text = ""
	case len(parts) == 1 && parts[0] == "":
		text = "after " + text
	case parts[0] == "":
		text = typeset.List(append(parts[1:], "after the block")) + ", in " + text
	default:
		text = typeset.List(parts) + " of " + text
	}
	if n := len(d.Places); n > 0 && d.Places[n-1].At == "embedding" {
		return strings.TrimPrefix(text+", and after the embedding", ", and ")
	}
	return text
}

func texts(numbers []int) (out []string) {
	for _, n := range numbers {
		out = append(out, fmt.Sprint(n))
	}
	return out
}
