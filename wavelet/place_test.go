package wavelet

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// placeTests are values of the option at, each with those of one block.
var placeTests = []string{"input", "attention", "mlp", "qkv", "kv", "q", "k", "v", "embedding", "block+input", "attention+q+v", "block+input+qkv+embedding"}

// Which of attention, mlp, query, key, value, block and embedding each word means.
func TestPlaces(t *testing.T) {
	words := map[string]Place{
		"block": AtBlock, "input": AtAttention | AtMLP, "attention": AtAttention, "mlp": AtMLP,
		"qkv": AtQuery | AtKey | AtValue, "kv": AtKey | AtValue, "q": AtQuery, "k": AtKey, "v": AtValue, "embedding": AtEmbedding,
	}
	// Every set of places has one form, the shortest, which means that set again.
	for set := Place(1); set <= AtBlock|AtAttention|AtMLP|AtQuery|AtKey|AtValue|AtEmbedding; set++ {
		text := set.String()
		var again Place
		n := 0
		for word := range strings.SplitSeq(text, "+") {
			again |= words[word]
			n += bits.OnesCount8(uint8(words[word]))
		}
		if again != set || n != bits.OnesCount8(uint8(set)) {
			t.Errorf("places %b are %q, which is %b", set, text, again)
		}
		if s, err := Parse("shift:at=" + text); err != nil || s.At != set {
			t.Errorf("at=%s is %b, want %b (error %v)", text, s.At, set, err)
		}
	}
}

// For a model of five blocks, in which of them each spec stands.
func TestStands(t *testing.T) {
	tests := []struct {
		spec   string
		blocks string
	}{
		{"none", "....."},
		{"haar", "01234"},
		{"shift:last=off", "0123."},
		{"shift:layers=all", "01234"},
		{"shift:layers=first3", "012.."},
		{"shift:layers=first5", "01234"},
		{"shift:layers=last2", "...34"},
		{"shift:layers=last2:last=off", "...3."},
		{"shift:layers=even", "0.2.4"},
		{"shift:layers=even:last=off", "0.2.."},
		{"shift:layers=odd", ".1.3."},
		{"shift:layers=1-3", ".123."},
		{"shift:layers=4", "....4"},
		{"shift:layers=0", "0...."},
	}
	for _, test := range tests {
		for _, at := range append([]string{"block"}, placeTests...) {
			text := test.spec
			switch {
			case at == "embedding" && strings.Contains(text, ":"):
				continue // which options of blocks cannot choose
			case text != "none":
				text += ":at=" + at
			}
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			for place := AtBlock; place <= AtEmbedding; place <<= 1 {
				want := test.blocks
				switch {
				case s.Kind == None || s.At&place == 0:
					want = "....."
				case place == AtEmbedding:
					want = "01234" // the block is not asked for
				}
				got := ""
				for layer := range 5 {
					if s.Stands(place, layer, 5) {
						got += fmt.Sprint(layer)
					} else {
						got += "."
					}
					if place == AtBlock && s.After(layer, 5) != s.Stands(place, layer, 5) {
						t.Errorf("%s: After and Stands differ", text)
					}
				}
				if got != want {
					t.Errorf("%s stands at %s in %s, want %s", text, place, got, want)
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		spec                 string
		layers, width, heads int
		want                 string
	}{
		{"none", 1, 8, 2, ""},
		{"haar", 1, 8, 2, ""},
		{"haar:last=off", 2, 8, 2, ""},
		{"haar:last=off", 1, 8, 2, "stands in no block of 1"},
		{"haar:fraction=0.01", 1, 8, 2, "acts on none of 8 channels"},
		{"haar:delay=31", 1, 8, 2, ""},
		{"haar:delay=32", 1, 8, 2, "a delay of 32 leaves only zeros in a context of 32 positions"},
		{"window:4:delay=40:at=v", 1, 8, 2, "a delay of 40 leaves only zeros"},
		{"windows:1x4@1+1x1@32", 1, 8, 2, "a delay of 32 leaves only zeros"},
		{"windows:1x4@1+1x1@31", 1, 8, 2, ""},
		{"taps", 1, 8, 2, ""},
		{"haar:layers=first3", 3, 8, 2, ""},
		{"haar:layers=first3", 2, 8, 2, "layers=first3 needs 3 blocks, but the model has 2"},
		{"haar:layers=last3", 2, 8, 2, "needs 3 blocks"},
		{"haar:layers=1-3", 3, 8, 2, "needs 4 blocks"},
		{"haar:layers=3", 4, 8, 2, ""},
		{"haar:layers=3", 3, 8, 2, "needs 4 blocks"},
		{"haar:layers=3:last=off", 4, 8, 2, "stands in no block of 4"},
		{"haar:layers=odd", 1, 8, 2, "stands in no block of 1"},
		{"haar:layers=even", 1, 8, 2, ""},
		{"haar:layers=odd:last=off:at=kv", 2, 8, 2, "stands in no block of 2"},
		{"haar:last=off:at=kv", 1, 8, 2, "stands in no block of 1"},
		{"haar:layers=odd:at=kv+embedding", 1, 8, 2, "stands in no block of 1"},
		{"haar:last=off:at=block+embedding", 1, 8, 2, "stands in no block of 1"},
		{"haar:last=off:at=block+embedding", 2, 8, 2, ""},
		{"haar:layers=3:at=kv+embedding", 3, 8, 2, "needs 4 blocks"},
		{"haar:at=embedding", 3, 8, 2, ""},
		{"shift:at=qkv", 2, 1, 1, "the head has 1; use an even model.width"},
		{"shift:at=v:fraction=1", 2, 9, 1, "the head has 9; use an even model.width"},
		{"shift:at=v", 2, 9, 3, ""},
		{"shift:at=input+embedding", 2, 9, 1, ""},
		{"shift:at=k:fraction=0.05", 2, 8, 2, "acts on none of 8 channels"},
		{"shift:at=input:fraction=0.05", 2, 8, 2, "acts on none of 8 channels"},
		{"shift:at=embedding:fraction=0.05", 2, 8, 2, "acts on none of 8 channels"},
		{"shift:at=k:fraction=0.1", 2, 8, 2, ""},
	}
	for _, test := range tests {
		s, err := Parse(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check(test.layers, test.width, test.heads, 32)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s in %d blocks of width %d: error %v, want %q", test.spec, test.layers, test.width, err, test.want)
		}
	}
}

// The channels of twelve that a shift acts on, at each place.
func TestWindowsAt(t *testing.T) {
	for _, test := range []struct {
		spec      string
		heads     int
		rows      string // embedding, block and inputs
		inHeads   string
		firstIsIn bool // whether the first place is in heads
	}{
		{"none", 3, "............", "............", false},
		{"shift", 4, "......222222", "......222222", false},
		{"shift:fraction=0.1", 4, "...........2", ".........222", false},
		{"shift:at=kv", 3, "......222222", "....22222222", true},
		{"shift:at=kv+embedding:fraction=0.4", 3, ".......22222", "........2222", true},
		{"shift:at=input+kv:fraction=1", 3, "222222222222", "222222222222", false},
		{"shift:at=q", 1, "......222222", "...222...222", true},
		{"shift:at=mlp+q:fraction=0.1", 1, "...........2", ".....2.....2", false},
	} {
		s, err := Parse(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		check := func(at Place, want string) {
			t.Helper()
			got := ""
			for _, w := range s.WindowsAt(at, 12, test.heads, 16) {
				got += map[int]string{1: ".", 2: "2"}[w]
			}
			if got != want {
				t.Errorf("%s, %d heads, at %s: %s, want %s", test.spec, test.heads, at, got, want)
			}
		}
		for at := AtBlock; at <= AtEmbedding; at <<= 1 {
			check(at, map[bool]string{true: test.inHeads, false: test.rows}[strings.Contains("q k v", at.String())])
		}
		check(s.At, map[bool]string{true: test.inHeads, false: test.rows}[test.firstIsIn])
	}
}

// Behind a block they are the windows of the operator for the whole row.
func TestWindowsAtBlock(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		if got, want := c.Spec.WindowsAt(AtBlock, c.E, 1, c.L), c.Operator.Windows(); !slices.Equal(got, want) {
			t.Errorf("windows %v, want %v", got, want)
		}
	})
}
