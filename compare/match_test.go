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
	swept := Variant{Spec: "none", Tuned: map[string]any{"model.hidden": int64(64), "train.lr": 2e-3}}
	for more := 1; ; more *= 2 {
		v, ok := grown(swept, c.Model, summary.Width, more)
		if !ok {
			break
		}
		m, err := v.Configure(c)
		if err != nil {
			t.Fatal(err)
		}
		if m.Model.Width/m.Model.Heads != 8 || m.Model.Hidden != 4*m.Model.Width || m.Train.LR != 2e-3 {
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
	c.Model.Family, c.Model.Width, c.Model.Heads = "nanochat", 32, 4
	for _, test := range []struct{ kvHeads, more, wantHeads, wantKV int }{
		{2, 1, 6, 3}, {2, 2, 8, 4}, {2, 4, 12, 6}, {4, 1, 5, 5}, {1, 1, 8, 2}, {0, 1, 5, 0},
	} {
		c.Model.KVHeads = test.kvHeads
		v, ok := grown(Variant{Spec: "none"}, c.Model, summary.Width, test.more)
		grown, err := v.Configure(c)
		m := grown.Model
		if err == nil {
			err = m.Validate()
		}
		if !ok || err != nil || m.Heads != test.wantHeads || m.KVHeads != test.wantKV || m.Width != 8*m.Heads {
			t.Errorf("%+v: %d heads, %d of keys, width %d; %v", test, m.Heads, m.KVHeads, m.Width, err)
		}
	}
}
