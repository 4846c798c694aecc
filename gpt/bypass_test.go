package gpt

import (
	"slices"
	"testing"
)

// With every part of every operator bypassed a model is the plain one.
func TestBypass(t *testing.T) {
	c := Config{Vocabulary: 11}
	c.Layers, c.Width, c.Heads, c.Hidden, c.Context = 2, 16, 2, 32, 16
	c.Position, c.Norm, c.Mixer = "learned", "pre", "none"
	forward := func(mixer string, parts ...Bypassed) []float32 {
		c.Mixer = mixer
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(3)
		w := m.NewWorkspace()
		w.Bypass(parts...)
		return slices.Clone(w.Forward([]uint16{1, 5, 2, 7, 3, 3, 9}, nil))
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
