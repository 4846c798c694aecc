package compare

import (
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Larger baselines keep their proportions.
func TestGrown(t *testing.T) {
	c := tinyConfig(t)
	c.Model.Layers, c.Model.Width, c.Model.Heads, c.Model.Hidden = 2, 32, 4, 128
	var sizes []string
	for more := 1; ; more *= 2 {
		v, ok := grown(Variant{Spec: "none"}, c.Model, summary.Width, more)
		if !ok {
			break
		}
		m, err := v.Configure(c)
		if err != nil {
			t.Fatal(err)
		}
		if m.Model.Width/m.Model.Heads != 8 || m.Model.Hidden != 4*m.Model.Width {
			t.Errorf("%s: %+v", v.Label(), m.Model)
		}
		sizes = append(sizes, v.Label())
	}
	if want := []string{"none with 40 channels", "none with 48 channels", "none with 64 channels", "none with 96 channels"}; !slices.Equal(sizes, want) {
		t.Errorf("sizes %q, want %q", sizes, want)
	}
}

// Heads that share keys and values stay groups of as many.
func TestGrownGroups(t *testing.T) {
	c := tinyConfig(t)
	c.Model.Family, c.Model.Width, c.Model.Heads, c.Model.KVHeads = "nanochat", 32, 4, 2
	for more, want := range map[int][2]int{1: {6, 3}, 2: {8, 4}, 4: {12, 6}} {
		v, ok := grown(Variant{Spec: "none"}, c.Model, summary.Width, more)
		grown, err := v.Configure(c)
		if got := [2]int{grown.Model.Heads, grown.Model.KVHeads}; !ok || err != nil || got != want || grown.Model.Width != 8*want[0] {
			t.Errorf("step %d: %d heads, %d of keys, width %d; want %v; %v", more, got[0], got[1], grown.Model.Width, want, err)
		}
	}
}
