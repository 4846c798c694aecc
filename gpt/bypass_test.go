package gpt

import (
	"slices"
	"testing"
)

// With every part of every operator bypassed a model is the plain one.
func TestBypass(t *testing.T) {
	c := Config{Vocabulary: 11}
	c.Layers, c.Width, c.Heads, c.Hidden, c.Context = 2, 16, 2, 32, 16
	c.Family, c.Position, c.Norm, c.Mixer = "gpt2", "learned", "pre", "none"
	forward := func(mixer string, parts ...Bypassed) []float32 {
		c.Mixer = mixer
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(3)
		w := m.NewWorkspace()
		w.Bypass(parts...)
		return slices.Clone(w.Logits([]uint16{1, 5, 2, 7, 3, 3, 9}))
	}
	plain, whole := forward("none"), forward("haar")
	if got := forward("haar", Bypassed{0, 8, 16}, Bypassed{1, 0, 16}); !slices.Equal(got, plain) {
		t.Error("haar with every channel passing is not the plain model")
	}
	if got := forward("haar", Bypassed{0, 0, 8}); !slices.Equal(got, whole) {
		t.Error("channels that haar lets pass anyway change the logits")
	}
	one, other := forward("haar", Bypassed{0, 12, 14}), forward("haar", Bypassed{1, 12, 14})
	if slices.Equal(one, whole) || slices.Equal(one, plain) || slices.Equal(one, other) {
		t.Error("a level after one block is not switched by itself")
	}
}

// All windows of an operator at any places bypassed everywhere leave the plain model.
func TestBypassAtPlaces(t *testing.T) {
	ids := tokens(9, 11)
	for _, spec := range placed {
		for _, c := range []Config{tiny(func(c *Config) { c.Heads = 1 }), tiny(func(c *Config) { c.Heads = 3 }), nano(0, nil), nano(1, nil), lama(nil)} {
			plain, c2 := newModel(t, c), c
			c2.Mixer = spec
			m := newModel(t, c2)
			copy(m.Params, plain.Params) // the operator's parameters come last
			m.Pack()
			w := m.NewWorkspace()
			whole := slices.Clone(w.Logits(ids))
			parts := []Bypassed{{Embedding, 0, c.Width}}
			for block := range c.Layers {
				parts = append(parts, Bypassed{block, 0, c.Width})
			}
			w.Bypass(parts...)
			got, want := w.Logits(ids), plain.NewWorkspace().Logits(ids)
			if !slices.Equal(got, want) || slices.Equal(got, whole) {
				t.Errorf("%s, %s, %d heads, %d of keys: bypassed everywhere, not the plain model", spec, c.Family, c.Heads, c.KVHeads)
			}
		}
	}
}

// At places where other channels act than at the first one, a level is the channels with
// its window.
func TestBypassOfLevels(t *testing.T) {
	// Behind blocks the windows 1, 2, 4, 8 and 16 begin at channels 12, 15, 17, 20 and
	// 22 of 24, and at the values, of which two of three heads act, at 8, 12, 15, 18
	// and 21.
	c := tiny(func(c *Config) { c.Heads, c.Width, c.Context = 3, 24, 16 })
	first := []int{12, 15, 17, 20, 22, 24}
	values := []int{8, 12, 15, 18, 21, 24}
	c.Mixer = "haar:at=block+v"
	m := newModel(t, c)
	w := m.NewWorkspace()
	w.Forward(tokens(16, c.Vocabulary), nil)
	s := &m.sitesIn(1)[0]
	x := make([]float32, w.T*s.n)
	for i := range x {
		x[i] = 1
	}
	for level := range 5 {
		clear(w.mixOut)
		w.Bypass(Bypassed{1, first[level], first[level+1]}, Bypassed{0, 0, c.Width})
		w.bypassSite(1, s, x)
		for i, v := range w.mixOut[:w.T*s.n] {
			channel := 8 + i%s.n
			if want := values[level] <= channel && channel < values[level+1]; (v == 1) != want {
				t.Fatalf("level %d: channel %d bypassed: %v, want %v", level, channel, v == 1, want)
			}
		}
	}
}

// In a single head both channels of a rotary pair are bypassed, by the name of the first.
func TestBypassOfPairs(t *testing.T) {
	c := tiny(func(c *Config) { c.Heads, c.Mixer = 1, "taps:at=k:fraction=1" })
	m := newModel(t, c)
	ids := tokens(9, c.Vocabulary)
	logits := func(parts ...Bypassed) []float32 {
		w := m.NewWorkspace()
		w.Bypass(parts...)
		return slices.Clone(w.Logits(ids))
	}
	var lower []Bypassed
	for block := range c.Layers {
		lower = append(lower, Bypassed{block, 0, c.Width / 2})
	}
	none := c
	none.Mixer = "none"
	plain := newModel(t, none)
	if !slices.Equal(logits(lower...), plain.NewWorkspace().Logits(ids)) || slices.Equal(logits(), logits(lower...)) {
		t.Error("all pairs bypassed by their first channels, not the plain model")
	}
}
