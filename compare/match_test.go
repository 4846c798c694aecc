package compare

import (
	"slices"
	"strings"
	"testing"
)

// A match lies between the baselines that were trained, or beyond the largest.
func TestMatchAnswer(t *testing.T) {
	m := Match{Along: Depth, Sizes: []MatchSize{
		{Size: 4, Parameters: 1000, FinalLoss: pointer(2.0)},
		{Size: 5, Parameters: 1200, FinalLoss: pointer(1.8)},
		{Size: 6, Parameters: 1400, FinalLoss: pointer(1.4)},
	}}
	a := m.answer(MatchAnswer{Variant: "haar", FinalLoss: 1.5}, 1000)
	near(t, "layers", a.Size, 5.75, 1e-9)
	near(t, "parameters", a.Parameters, 1350, 1e-6)
	near(t, "more parameters", a.MoreParameters, 0.35, 1e-9)
	if words := m.words(&a, "none"); words != "It takes none with about 5.8 layers instead of 4, 35 % more parameters, to end where it ends in the same steps." {
		t.Error(words)
	}
	a = m.answer(MatchAnswer{Variant: "haar", FinalLoss: 1.3}, 1000)
	isNull(t, "layers", a.Size)
	if words := m.words(&a, "none"); !strings.HasPrefix(words, "Even none with 6 layers, 1,400 parameters, does not") {
		t.Error(words)
	}
	m.Sizes = append(m.Sizes, MatchSize{Size: 8, Parameters: 1800}) // one seed diverged
	if words := m.words(&a, "none"); !strings.Contains(words, "none with 8 layers did not finish with every seed") {
		t.Error(words)
	}
}

// Larger baselines keep their proportions.
func TestGrown(t *testing.T) {
	c := tinyConfig(t)
	c.Model.Layers, c.Model.Width, c.Model.Heads, c.Model.Hidden = 2, 32, 4, 128
	var sizes []string
	for more := 1; ; more *= 2 {
		v, ok := grown(Variant{Spec: "none"}, c.Model, Width, more)
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
