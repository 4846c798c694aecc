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
