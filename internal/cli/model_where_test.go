package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

func TestWhere(t *testing.T) {
	for spec, want := range map[string]string{
		"none":                           "",
		"haar":                           "after every block",
		"haar:last=off":                  "after every block but the last",
		"haar:layers=even":               "after blocks 0 and 2",
		"haar:at=input":                  "at the input of attention and at the input of the MLP of every block",
		"shift:at=kv:layers=1":           "at the keys and at the values of block 1",
		"shift:at=block+mlp:last=off":    "at the input of the MLP and after the block, in every block but the last",
		"shift:at=embedding":             "after the embedding",
		"past:at=q+embedding:layers=0-1": "at the queries of blocks 0 and 1, and after the embedding",
	} {
		s, err := wavelet.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		d := description{Layers: 4, Places: placesOf(s, config.Model{Layers: 4, Width: 8, Heads: 2, Context: 8})}
		if got := d.where(); got != want {
			t.Errorf("%s stands %q, want %q", spec, got, want)
		}
	}
}

// A table says which channels look back at each place, and is not repeated where they are
// the same.
func TestWindowTables(t *testing.T) {
	for _, test := range []struct {
		spec string
		want []string
	}{
		{"none", nil},
		{"shift", []string{"window channels number", "1 0-5 6", "2 6-11 6"}},
		{"shift:at=kv", []string{"window channels number", "1 0-3 4", "2 4-11 8"}},
		{"shift:at=input+kv+embedding", []string{
			"window at attention, mlp, embedding channels number", "1 0-5 6", "2 6-11 6",
			"window at k, v channels number", "1 0-3 4", "2 4-11 8",
		}},
	} {
		m, err := gpt.New(gpt.Config{Vocabulary: 5, Model: config.Model{
			Family: "gpt2", Layers: 2, Width: 12, Heads: 3, Hidden: 8, Context: 8, Position: "learned", Norm: "pre", Mixer: test.spec,
		}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := describe("", m)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := (&App{Stdout: &out}).printModel(d); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			line = strings.Join(strings.Fields(line), " ")
			if strings.HasPrefix(line, "tensor") {
				break
			}
			if line != "" && (strings.HasPrefix(line, "window") || line[0] >= '0' && line[0] <= '9') {
				got = append(got, line)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: tables %q, want %q", test.spec, got, test.want)
		}
	}
}
