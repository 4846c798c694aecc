package compare

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/summary"
)

func TestDocument(t *testing.T) {
	d, err := DecodeDocument([]byte(`
format_version = 1
data = ["text8.zip", "book.txt"]
presets = ["tiny"]
horizons = [500, 1000]
seeds = [3, 9]
variants = ["none", "haar:min=2", {name = "post", mixer = "haar", set = {"model.norm" = "post", train = {lr = 2e-3}}}]
set = ["model.position=rope"]
sweep = "lr=1e-3,2e-3"
confirm = true
match = ["depth"]
probe = true
`))
	if err != nil {
		t.Fatal(err)
	}
	variants, err := d.VariantList()
	if err != nil {
		t.Fatal(err)
	}
	want := []Variant{{Spec: "none"}, {Spec: "haar:min=2"}, {Name: "post", Spec: "haar", Set: map[string]any{"model.norm": "post", "train.lr": 2e-3}}}
	if diff := cmp.Diff(want, variants); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
	seeds, err := d.SeedList(1)
	if err != nil || !cmp.Equal(seeds, []uint64{3, 9}) {
		t.Errorf("seeds %v, %v", seeds, err)
	}
	if !d.Confirm || !d.Probe || d.Sweep != "lr=1e-3,2e-3" || len(d.Data) != 2 || !cmp.Equal(d.Horizons, []int{500, 1000}) || !cmp.Equal(d.Match, []string{summary.Depth}) {
		t.Errorf("document %+v", d)
	}
	if marked, err := DecodeDocument([]byte("\ufeffseeds = 3\n")); err != nil || marked.Seeds != int64(3) {
		t.Errorf("with a byte order mark: %v, %v", marked.Seeds, err)
	}
	if seeds, err := (Document{Seeds: int64(3)}).SeedList(5); err != nil || !cmp.Equal(seeds, []uint64{5, 6, 7}) {
		t.Errorf("three seeds from 5 on: %v, %v", seeds, err)
	}
}

func TestDocumentRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"\xff\xfes\x00=\x00":                     "is UTF-16; save it as UTF-8",
		"format_version = 2":                     "format_version is 2, newer",
		"format_version = 0":                     "format_version is 0",
		"seeds = 3\nvariantz = []":               "line 2: unknown key variantz",
		"seeds = ":                               "line 1",
		"horizons = \"a\"":                       "line 1",
		"seeds = 0":                              "give 1 to",
		"seeds = [1, 1]":                         "repeated",
		"seeds = []":                             "empty",
		"seeds = \"all\"":                        "give how many",
		"variants = [3]":                         "neither a string",
		"variants = [{mixer = 3}]":               "wrong type",
		"variants = [{mixer = \"haar\", x = 1}]": "unknown key x",
		"variants = [\"harr\"]":                  "harr",
	} {
		d, err := DecodeDocument([]byte(text))
		if err == nil {
			_, err = d.VariantList()
		}
		if err == nil {
			_, err = d.SeedList(1)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v without %q", text, err, want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: an error of several lines: %v", text, err)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte("seeds = 3\nvariants = [\"none\", {mixer = \"haar\", set = {train = {lr = 1e-3}}}]\nsweep = \"lr=1,2\""))
	f.Add([]byte("variants = [\"a=none{model.width=64}\"]\nseeds = [1, 2]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := DecodeDocument(text)
		if err != nil {
			return
		}
		variants, err := d.VariantList()
		if err != nil {
			return
		}
		for _, v := range variants {
			if again, err := v.canonical(); err != nil || again.Spec != v.Spec {
				t.Errorf("%q is not in its canonical form, %v", v.Spec, err)
			}
		}
		if seeds, err := d.SeedList(0); err == nil && (len(seeds) == 0 || len(seeds) > max(maxSeeds, len(text))) {
			t.Errorf("%d seeds", len(seeds))
		}
	})
}
