package summary

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A document whose labels are whole specs, as older ones are, reads as the same document
// with today's names, wherever a label stands.
func TestDecodeRelabels(t *testing.T) {
	const spec, name = "haar:delay=1:share=halving", "past"
	s := example(t)
	s.Primary = []string{name, "past against none", "haar against past train.lr=0.01"}
	s.Additions = []Addition{{Variants: []string{name}, Primary: []string{name}}}
	if err := s.Compare(join(seeds("none", 1, 1.1), seeds(spec, 0.9, 0.8), seeds("shift", 0.9, 0.8), seeds("haar", 0.7, 0.7))); err != nil {
		t.Fatal(err)
	}
	named := s.Runs[2]
	named.Name = "past with 5 layers"
	s.Models = []Model{{Variant: name, Levels: []Level{}}}
	s.Probes = []Probe{{Variant: name, Seed: 1}}
	s.Samples = []Sample{{Name: name, Variant: spec}}
	s.Confirmations = []Confirmation{{Variant: name, Runs: []Run{named}}}
	s.Matches = []Match{{Along: Depth, Sizes: []MatchSize{{Runs: []Run{named}}}, Answers: []MatchAnswer{{Variant: name}}}}
	s.Sweep = &Sweep{Key: "train.lr", Near: []Near{{Variant: name}}, Trials: []Trial{{Run: named}}}
	document, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	label := regexp.MustCompile(`("|against )past([" ])`)
	if n := len(label.FindAll(document, -1)); n < 14 {
		t.Fatalf("the document has only %d labels:\n%s", n, document)
	}
	want, err := Decode(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(bytes.NewReader(label.ReplaceAll(document, []byte("${1}"+spec+"${2}"))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with whole specs as labels (-want +got):\n%s", diff)
	}
	if c := got.Comparisons[0]; c.Variant != spec || c.Label() != name {
		t.Errorf("the variant %q has the label %q", c.Variant, c.Label())
	}
}
