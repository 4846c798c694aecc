package dataset

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/media"
)

// study identifies a study in the tests.
const study = "0123456789abcdef"

// letters returns n texts with names.
func letters(n int, length func(i int) int) (docs []media.Document) {
	for i := range n {
		docs = append(docs, document(fmt.Sprintf("%03d.txt", i), "", text(length(i) + i)[i:]))
	}
	return docs
}

// opened returns the text of a hold-out.
func opened(t *testing.T, s *Set) string {
	t.Helper()
	if _, err := s.OpenHoldout(study); err != nil {
		t.Fatal(err)
	}
	return decoded(t, s, Holdout)
}

// The hashes are those of the lines that docs/format.md describes, computed in
// Python. Without a hold-out the header is as it was before there were any.
func TestHoldoutHash(t *testing.T) {
	whole := text(500)
	s, dir := prepared(t, Options{}, document("a", "", whole))
	header, err := os.ReadFile(filepath.Join(dir, HeaderFile))
	if err != nil || bytes.Contains(header, []byte("holdout")) {
		t.Errorf("a set without a hold-out has one, %v", err)
	}
	if want := "dc805462a6b4b67f6392774e5cf229e078557c63217ed3b421bd1d09593e040c"; s.Header.Hash != want {
		t.Errorf("hash %s, want %s", s.Header.Hash, want)
	}
	s, _ = prepared(t, Options{Holdout: 0.1}, document("a", "", whole))
	if want := "06f41456922f3f5b033eb84ffbd82f4fd6d2245bd00dcf00b48385ec1d818b2e"; s.Header.Hash != want {
		t.Errorf("with a hold-out: hash %s, want %s", s.Header.Hash, want)
	}
	want := Splits{
		Train: Range{0, 405, 405}, Validation: Range{405, 22, 22}, Test: Range{427, 23, 23}, Holdout: Range{450, 50, 50},
	}
	if s.Header.Splits != want {
		t.Errorf("splits %+v, want %+v", s.Header.Splits, want)
	}
	for split, want := range map[string]string{Train: whole[:405], Validation: whole[405:427], Test: whole[427:450]} {
		if got := decoded(t, s, split); got != want {
			t.Errorf("%s is %d characters of another text", split, len(got))
		}
	}
	if got := opened(t, s); got != whole[450:] {
		t.Errorf("the hold-out is %d characters of another text", len(got))
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}

// Whatever the rule, what is not held out is split as if the rest were not there,
// and every document is in the set with its own tokens.
func TestHoldoutLeavesTheRest(t *testing.T) {
	short := func(int) int { return 40 }
	for name, test := range map[string]struct {
		docs  []media.Document
		share float64
		rule  string
	}{
		"documents":           {letters(100, short), 0.07, RuleDocuments},
		"half of them":        {letters(60, short), 0.5, RuleDocuments},
		"few documents":       {letters(5, short), 0.1, RuleContiguous},
		"too few that remain": {letters(25, short), 0.3, RuleContiguous},
		"one long document": {letters(40, func(i int) int {
			if i == 7 {
				return 9000
			}
			return 20
		}), 0.1, RuleTokens},
		"short ones held out": {letters(100, func(i int) int {
			if slices.Contains([]int{3, 5, 6, 25, 31, 67, 76}, i) { // see TestHoldoutIsSample
				return 2
			}
			return 40
		}), 0.07, RuleTokens},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := prepared(t, Options{Codec: "text8", Holdout: test.share}, test.docs...)
			h := s.Header
			if h.SplitRule != test.rule {
				t.Errorf("rule %s, want %s", h.SplitRule, test.rule)
			}
			parts, rest := map[string][]uint16{}, []media.Document{}
			for _, d := range h.Documents {
				ids := make([]uint16, d.Length)
				if err := s.tokens.read(ids, d.Start); err != nil {
					t.Fatal(err)
				}
				parts[d.Name] = append(parts[d.Name], ids...)
				if d.Split == Holdout && test.rule == RuleDocuments && d.Length != 40 {
					t.Errorf("document %s is cut", d.Name)
				}
			}
			for _, d := range test.docs {
				if !slices.Equal(parts[d.Name], alone(t, d, s.Codec)) {
					t.Errorf("document %s has other tokens", d.Name)
				}
				held := func(p Document) bool { return p.Name == d.Name && p.Split == Holdout }
				if test.rule == RuleDocuments && !slices.ContainsFunc(h.Documents, held) {
					rest = append(rest, d)
				}
			}
			if test.rule != RuleDocuments {
				all := decoded(t, s, Train) + decoded(t, s, Validation) + decoded(t, s, Test)
				rest = []media.Document{document("rest", "", all)}
				if n := h.Splits.Holdout.Length; n != int64(math.Round(test.share*float64(h.Tokens))) {
					t.Errorf("%d of %d tokens are held out", n, h.Tokens)
				}
			}
			without, _ := prepared(t, Options{Codec: "text8"}, rest...)
			for _, split := range []string{Train, Validation, Test} {
				if decoded(t, s, split) != decoded(t, without, split) {
					t.Errorf("%s is another than without the hold-out", split)
				}
			}
			if err := s.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The documents that are held out are those whose names, hashed by Python, come
// first; so they say nothing of what the documents are.
func TestHoldoutIsSample(t *testing.T) {
	want := []string{"003.txt", "005.txt", "006.txt", "025.txt", "031.txt", "067.txt", "076.txt"}
	for medium, rule := range map[media.Medium]string{media.Text: RuleDocuments, media.Audio: RuleSorted, media.Music: RuleSorted} {
		var docs []media.Document
		for i := range 100 {
			docs = append(docs, media.Document{Name: fmt.Sprintf("%03d.txt", i), Medium: medium})
		}
		order, got, err := arrange(docs, 0.07)
		if err != nil || got != rule || len(order) != 100 {
			t.Errorf("%s: rule %s of %d documents, %v", medium, got, len(order), err)
		}
		var held, trained []string
		for _, i := range order {
			switch docs[i].Split {
			case Holdout:
				held = append(held, docs[i].Name)
			case Train:
				trained = append(trained, docs[i].Name)
			}
		}
		if !slices.Equal(held, want) {
			t.Errorf("%s: held out %v, want %v", medium, held, want)
		}
		if rule == RuleSorted && (len(trained) != 93*44/50 || !slices.IsSorted(trained)) {
			t.Errorf("%s: %d documents for training, %v", medium, len(trained), trained)
		}
	}
}

// The rule of documents by class is found among those that are not held out.
func TestHoldoutOfClasses(t *testing.T) {
	var docs []media.Document
	for i := range 100 {
		docs = append(docs, media.Document{Name: fmt.Sprintf("%d_george_%d.wav", i/10, i%10), Medium: media.Audio})
	}
	_, rule, err := arrange(docs, 0.2)
	count := map[string]int{}
	for _, d := range docs {
		count[d.Split]++
	}
	if want := map[string]int{Train: 70, Validation: 5, Test: 5, Holdout: 20}; err != nil || rule != RuleHashed || !cmp.Equal(count, want) {
		t.Errorf("rule %s, %v, %v", rule, count, err)
	}
}

// Documents with splits: a share of those for training is held out, or what is
// called so; validation and test stay.
func TestHoldoutOfSplits(t *testing.T) {
	var docs []media.Document
	for i, d := range letters(20, func(int) int { return 10 }) {
		d.Split = []string{Train, Train, Train, Validation, Test}[i%5]
		docs = append(docs, d)
	}
	s, _ := prepared(t, Options{Codec: "bytes", Holdout: 0.25}, docs...)
	without, _ := prepared(t, Options{Codec: "bytes"}, docs...)
	for _, split := range []string{Validation, Test} {
		if decoded(t, s, split) != decoded(t, without, split) {
			t.Errorf("%s is another than without a hold-out", split)
		}
	}
	// By Python: the first 3 of the 12 names.
	want := []string{"005.txt", "006.txt", "007.txt"}
	var got []string
	for _, d := range s.Header.Documents {
		if d.Split == Holdout {
			got = append(got, d.Name)
		}
	}
	if !slices.Equal(got, want) || s.Header.SplitRule != RuleExplicit || s.Header.Splits.Train.Length != 90 {
		t.Errorf("held out %v, want %v; %+v", got, want, s.Header.Splits)
	}
	named, _ := prepared(t, Options{Codec: "bytes"}, document("h", Holdout, "held"), document("a", Train, "one"), document("v", Validation, "valid"))
	if got := opened(t, named); got != "held" || named.Header.Provenance.Holdout != 0 || named.Header.Splits.Test.Length != 0 {
		t.Errorf("the hold-out is %q, %+v", got, named.Header.Splits)
	}
}

func TestHoldoutRefuses(t *testing.T) {
	one := []media.Document{document("a", "", text(500))}
	for name, test := range map[string]struct {
		share float64
		docs  []media.Document
		want  []string
	}{
		"more than half":       {0.51, one, []string{"0.51", "at most 0.5"}},
		"negative":             {-0.1, one, []string{"-0.1", "above 0"}},
		"no number":            {math.NaN(), one, []string{"above 0"}},
		"no token":             {0.0001, one, []string{"500 tokens", "too few to hold out"}},
		"twice":                {0.1, []media.Document{document("a", Train, "a"), document("b", Validation, "b"), document("c", Holdout, "c")}, []string{"has a split holdout", "leave --holdout out"}},
		"one to train on":      {0.5, []media.Document{document("a", Train, "a"), document("b", Validation, "b")}, []string{"split train has 1 document", "50 %", "holdout"}},
		"no validation":        {0, []media.Document{document("a", Train, "a"), document("b", Holdout, "b")}, []string{"validation"}},
		"a document elsewhere": {0.5, []media.Document{document("a", Train, "a"), document("b", Train, "b"), document("c", "", "c")}, []string{`"c"`, "no split"}},
	} {
		_, err := Prepare(t.Context(), filepath.Join(t.TempDir(), "set"), "source", test.docs, Options{Codec: "bytes", Holdout: test.share}, nil)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not name %q", name, err, want)
			}
		}
	}
}

// A set with another hold-out is not the one that is asked for.
func TestHoldoutIsCurrent(t *testing.T) {
	docs := []media.Document{document("a", "", text(500))}
	for _, have := range []float64{0, 0.1, 0.2} {
		_, dir := prepared(t, Options{Holdout: have}, docs...)
		for _, want := range []float64{0, 0.1, 0.2} {
			s, ok := Current(dir, "source", docs, Options{Holdout: want})
			if ok != (have == want) {
				t.Errorf("a hold-out of %v is taken for one of %v: %t", have, want, ok)
			}
			if ok {
				s.Close()
			}
		}
	}
}

// A copy of a training document in the hold-out is remarked on.
func TestHoldoutRepeats(t *testing.T) {
	s, _ := prepared(t, Options{Codec: "bytes"},
		document("a", Train, "some text"), document("b", Validation, "other text"), document("c", Test, "third"), document("d", Holdout, "third"), document("e", Holdout, "new"))
	want := []Remark{{"the same content as a file of another split", []string{"d"}}}
	if diff := cmp.Diff(want, s.Header.Provenance.Remarks); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
}
