package config

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// A document is refused and changes nothing, or every key of it arrives: the
// decoder's strict mode agrees, and the result survives being written.
func FuzzMerge(f *testing.F) {
	for _, name := range Presets() {
		f.Add(preset(f, name).TOML())
	}
	for _, text := range []string{"", "train = { lr = 1 }", "model.mixer = 'haar'", "[train]\nLR = 1", "\"train.lr\" = 1",
		"format_version = 2", "[[eval]]", "train.lr.x = nan", "[train]\nlr = 1\n[model]\nmixer = \"\"\"\na\"\"\""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		before := preset(t, "tiny")
		c := before
		if err := c.Merge("fuzz", doc); err != nil {
			if c != before {
				t.Fatalf("refused (%v) but changed", err)
			}
			return
		}
		strict := document{FormatVersion: FormatVersion, Config: before}
		if err := toml.NewDecoder(bytes.NewReader(doc)).DisallowUnknownFields().Decode(&strict); err != nil {
			t.Fatalf("accepted, but the decoder says: %v", err)
		}
		if c.Validate() != nil {
			return
		}
		var again Config
		if err := again.Merge("written", c.TOML()); err != nil || again != c {
			t.Fatalf("does not survive being written: %v", err)
		}
	})
}

// An assignment is refused and changes nothing, or changes no more than its key.
func FuzzSet(f *testing.F) {
	for _, text := range []string{"train.lr=3e-3", "model.mixer=haar:min=2", "data.path='a'", "train.lr=1\nb=2", "x", "="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, assignment string) {
		before := preset(t, "tiny")
		c := before
		err := c.Set(assignment)
		changed := 0
		for i, g := range c.fields() {
			was := before.fields()[i].value
			if g.value.String() != was.String() || g.value.CanFloat() && g.value.Float() != was.Float() || g.value.CanInt() && g.value.Int() != was.Int() {
				changed++
			}
		}
		if changed > 1 || err != nil && changed > 0 {
			t.Fatalf("changed %d keys, error %v", changed, err)
		}
		if utf8.ValidString(assignment) {
			c.TOML()
		}
	})
}
