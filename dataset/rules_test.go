package dataset

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media"
)

// Whatever the lengths of the documents, no split has under a third of its share
// of the tokens, and every document is in the set with its own tokens.
func TestSharesOfDocuments(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	rules := map[string]int{}
	for range 20 {
		var docs []media.Document
		long := random.IntN(40)
		for i := range 20 + random.IntN(30) {
			n := 3 + random.IntN(40)
			if i == long {
				n = 3 + random.IntN(5000)
			}
			docs = append(docs, document(fmt.Sprintf("%03d.txt", i), "", text(n + i)[i:]))
		}
		s, _ := prepared(t, Options{Codec: "bytes"}, docs...)
		h := s.Header
		rules[h.SplitRule]++
		for split, share := range map[string]int64{Train: 90, Validation: 5, Test: 5} {
			if r, _ := h.Split(split); 300*(r.Length+1) < share*h.Tokens {
				t.Errorf("%s by %s: %d of %d tokens", split, h.SplitRule, r.Length, h.Tokens)
			}
		}
		parts := map[string][]uint16{}
		for _, d := range h.Documents {
			ids := make([]uint16, d.Length)
			if err := s.tokens.read(ids, d.Start); err != nil {
				t.Fatal(err)
			}
			parts[d.Name] = append(parts[d.Name], ids...)
		}
		for _, d := range docs {
			if !slices.Equal(parts[d.Name], alone(t, d, s.Codec)) {
				t.Errorf("by %s, document %s has other tokens", h.SplitRule, d.Name)
			}
		}
	}
	if rules[RuleDocuments] == 0 || rules[RuleTokens] == 0 {
		t.Errorf("rules %v: both must occur", rules)
	}
}

// Twenty-five notes and a book are no reason to measure on three lines.
func TestNotesAndBook(t *testing.T) {
	docs := []media.Document{document("book.txt", "", text(20_000))}
	for i := range 25 {
		docs = append(docs, document(fmt.Sprintf("note%d.txt", i), "", text(12 + i)[i:]))
	}
	s, dir := prepared(t, Options{}, docs...)
	if h := s.Header; h.SplitRule != RuleTokens || h.Splits.Validation.Length != h.Tokens*95/100-h.Tokens*90/100 {
		t.Errorf("rule %s, %d of %d tokens for validation", h.SplitRule, h.Splits.Validation.Length, h.Tokens)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if again, ok := Current(dir, s.Header.Provenance.Path, docs, Options{}); !ok || again.Header.Hash != s.Header.Hash {
		t.Error("the set is prepared again")
	}
}

// Names that begin with a class lose no class; names of works keep their order.
func TestClasses(t *testing.T) {
	for name, test := range map[string]struct {
		files func(i int) string
		rule  string
	}{
		"digits":  {func(i int) string { return fmt.Sprintf("%d_george_%d.wav", i/10, i%10) }, RuleHashed},
		"words":   {func(i int) string { return fmt.Sprintf("%s%d.wav", []string{"bed", "cat", "dog", "owl"}[i/25], i%25) }, RuleHashed},
		"folders": {func(i int) string { return fmt.Sprintf("%s/%d.wav", []string{"bed", "cat", "dog", "owl"}[i/25], i%25) }, RuleHashed},
		"small ones": {func(i int) string {
			if i > 96 {
				return fmt.Sprintf("misc/%d.wav", i)
			}
			return fmt.Sprintf("%s/%d.wav", []string{"bed", "cat", "dog", "owl"}[i/25], i%25)
		}, RuleHashed},
		"numbers":       {func(i int) string { return fmt.Sprintf("%d.wav", i) }, RuleSorted},
		"one class":     {func(i int) string { return fmt.Sprintf("piano_%d.wav", i) }, RuleSorted},
		"movements":     {func(i int) string { return fmt.Sprintf("%s_%d.wav", strings.Repeat("x", 1+i/3), i%3) }, RuleSorted},
		"classes mixed": {func(i int) string { return fmt.Sprintf("%02d-%s.wav", i, []string{"bed", "cat"}[i%2]) }, RuleSorted},
	} {
		var docs []media.Document
		for i := range 100 {
			docs = append(docs, media.Document{Name: test.files(i), Medium: media.Audio})
		}
		_, rule, err := arrange(docs, 0)
		if err != nil || rule != test.rule {
			t.Errorf("%s: rule %s, %v; want %s", name, rule, err, test.rule)
		}
		count := map[string]int{}
		for _, d := range docs {
			count[d.Split]++
		}
		if count[Train] != 88 || count[Validation] != 6 || count[Test] != 6 {
			t.Errorf("%s: %v", name, count)
		}
	}
}

// The same content in two splits and within one is remarked on.
func TestRepeatedContent(t *testing.T) {
	s, _ := prepared(t, Options{Codec: "bytes"},
		document("a", Train, "some text"), document("b", Train, "some text"), document("c", Validation, "other text"),
		document("d", Test, "some text"), document("e", Test, "some text "))
	got := s.Header.Provenance.Remarks
	if len(got) != 2 || got[0].Remark != "the same content as a file of another split" || !slices.Equal(got[0].Documents, []string{"d"}) ||
		!strings.HasPrefix(got[1].Remark, "the same content as another file of the split") || !slices.Equal(got[1].Documents, []string{"b"}) {
		t.Errorf("remarks %v", got)
	}
}

// A copy that lies in the splits for measuring is remarked on, also where the
// splits cut documents.
func TestRepeatedAcrossCuts(t *testing.T) {
	var docs []media.Document
	for i := range 9 {
		docs = append(docs, document(fmt.Sprintf("%d", i), "", text(1000 + 50*i)[50*i:]))
	}
	copied := document("z", "", text(1000))
	s, _ := prepared(t, Options{Codec: "bytes"}, append(docs, copied)...)
	if got := s.Header.Provenance.Remarks; s.Header.SplitRule != RuleContiguous || len(got) != 1 || !slices.Equal(got[0].Documents, []string{"z"}) {
		t.Errorf("rule %s, remarks %v", s.Header.SplitRule, got)
	}
}

// A document that gives no token is named.
func TestNoTokens(t *testing.T) {
	s, _ := prepared(t, Options{Codec: "ids:9"}, document("a", Train, "1 2 3"), document("b", Train, " \n"), document("c", Validation, "4 5"))
	want := Remark{"it gives no token and was left out", []string{"b"}}
	if got := s.Header.Provenance.Remarks; len(got) != 1 || got[0].Remark != want.Remark || !slices.Equal(got[0].Documents, want.Documents) {
		t.Errorf("remarks %v, want %v", got, want)
	}
}
