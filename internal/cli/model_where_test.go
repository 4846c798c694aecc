package cli

import (
	"testing"

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
		"shift:at=block+mlp:last=off":    "at the input of the MLP and behind it, in every block but the last",
		"shift:at=embedding":             "behind the embedding",
		"past:at=q+embedding:layers=0-1": "at the queries of blocks 0 and 1, and behind the embedding",
	} {
		s, err := wavelet.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		d := description{Layers: 4, Places: placesOf(s, 4)}
		if got := d.where(); got != want {
			t.Errorf("%s stands %q, want %q", spec, got, want)
		}
	}
}
