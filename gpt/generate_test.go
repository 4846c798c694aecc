package gpt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func generate(t *testing.T, m *Model, prompt []uint16, n int, s Sampling, seed uint64) []uint16 {
	t.Helper()
	var out []uint16
	err := m.Generate(t.Context(), prompt, n, s, seed, func(token uint16) error {
		out = append(out, token)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Equal seeds give equal tokens, others do not, past the context too; and a
// longer text begins like a shorter one.
func TestGenerateIsDeterministic(t *testing.T) {
	for _, spec := range variants {
		m := newModel(t, tiny(func(c *Config) { c.Mixer = spec }))
		s := Sampling{Temperature: 1, TopK: 8, TopP: 0.95}
		first := generate(t, m, []uint16{1, 2, 3}, 40, s, 7)
		if len(first) != 40 {
			t.Fatalf("%s: %d tokens", spec, len(first))
		}
		if again := generate(t, m, []uint16{1, 2, 3}, 40, s, 7); !slices.Equal(first, again) {
			t.Errorf("%s: one seed gave %v and %v", spec, first, again)
		}
		if shorter := generate(t, m, []uint16{1, 2, 3}, 15, s, 7); !slices.Equal(first[:15], shorter) {
			t.Errorf("%s: 15 tokens %v, the first of 40 %v", spec, shorter, first[:15])
		}
		if other := generate(t, m, []uint16{1, 2, 3}, 40, s, 8); slices.Equal(first, other) {
			t.Errorf("%s: seeds 7 and 8 gave %v", spec, first)
		}
	}
}

// Without chance every token is the most likely one of a forward pass.
func TestGenerateGreedy(t *testing.T) {
	m := newModel(t, tiny(func(c *Config) { c.Mixer = "haar" }))
	prompt := []uint16{4, 1}
	seen := slices.Clone(prompt)
	for _, token := range generate(t, m, prompt, 7, Sampling{TopP: 1}, 1) { // up to the context of 9
		logits := m.NewWorkspace().Logits(seen)
		row := logits[(len(seen)-1)*11:][:11]
		if want := slices.Index(row, slices.Max(row)); int(token) != want {
			t.Fatalf("after %v comes %d, the most likely is %d", seen, token, want)
		}
		seen = append(seen, token)
	}
}

func TestGenerateRefuses(t *testing.T) {
	m := newModel(t, tiny(nil))
	for _, test := range []struct {
		name   string
		prompt []uint16
		s      Sampling
		want   string
	}{
		{"no prompt", nil, Sampling{TopP: 1}, "no tokens"},
		{"a token of another vocabulary", []uint16{3, 11}, Sampling{TopP: 1}, "token 1 is 11"},
		{"a temperature below 0", []uint16{3}, Sampling{Temperature: -1, TopP: 1}, "temperature"},
	} {
		err := m.Generate(t.Context(), test.prompt, 5, test.s, 1, func(uint16) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestGenerateStops(t *testing.T) {
	m := newModel(t, tiny(nil))
	ctx, cancel := context.WithCancel(t.Context())
	count := 0
	err := m.Generate(ctx, []uint16{1}, 100, Sampling{TopP: 1}, 1, func(uint16) error {
		if count++; count == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || count != 5 {
		t.Errorf("%d tokens, %v", count, err)
	}
	full := errors.New("no space left")
	if err := m.Generate(t.Context(), []uint16{1}, 100, Sampling{TopP: 1}, 1, func(uint16) error { return full }); !errors.Is(err, full) {
		t.Errorf("where the text cannot be written: %v", err)
	}
}
