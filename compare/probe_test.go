package compare

import (
	"testing"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A probe has the levels of channels where they are, in the blocks where the operator
// stands, or at the embedding, and a rise for each. A factor of 1 changes nothing.
func TestProbeOfPlaces(t *testing.T) {
	set := corpus(t)
	for _, test := range []struct {
		spec                 string
		heads                int
		channels             [][2]int
		blocks, risingLevels int
	}{
		{"shift", 2, [][2]int{{8, 16}}, 2, 1},
		{"shift:at=embedding", 2, [][2]int{{8, 16}}, 1, 1},
		{"shift:at=block+embedding:layers=1", 2, [][2]int{{8, 16}}, 2, 1},
		{"shift:at=v", 1, [][2]int{{4, 8}}, 2, 1}, // and the other halves of pairs
		{"windows:1x2+1x4:at=v:fraction=1", 1, [][2]int{{0, 4}, {4, 8}}, 2, 2},
		{"shift:at=v+embedding:fraction=0.6", 4, [][2]int{{4, 16}}, 3, 1},
		{"scale:at=input", 2, [][2]int{{8, 16}}, 2, 0},
		{"none", 2, nil, 0, 0},
	} {
		c := gpt.Config{Model: tinyConfig(t).Model, Vocabulary: set.Header.Vocabulary}
		c.Layers, c.Width, c.Heads, c.Mixer = 2, 16, test.heads, test.spec
		m, err := gpt.New(c)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(1)
		x := &prober{model: m, set: set, windows: 2, threads: 1}
		var p summary.Probe
		if err := x.probe(t.Context(), &p); err != nil {
			t.Fatal(err)
		}
		same, rising := len(p.Levels) == len(test.channels), 0
		for i, l := range p.Levels {
			same = same && l.From == test.channels[i][0] && l.To == test.channels[i][1]
			if p.LevelRise[i] != 0 {
				rising++
			}
		}
		if !same || len(p.Blocks) != test.blocks || rising != test.risingLevels {
			t.Errorf("%s: levels %v, blocks %v, rises %v", test.spec, p.Levels, p.Blocks, p.LevelRise)
		}
	}
}
