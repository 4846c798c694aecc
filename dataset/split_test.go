package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/media"
)

func TestContiguous(t *testing.T) {
	whole := text(1000)
	for name, docs := range map[string][]media.Document{
		"one document":      {document("a", "", whole)},
		"several documents": {document("a", "", whole[:10]), document("empty", "", ""), document("b", "", whole[10:920]), document("c", "", whole[920:])},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := prepared(t, Options{}, docs...)
			for split, want := range map[string]string{Train: whole[:900], Validation: whole[900:950], Test: whole[950:]} {
				if got := decoded(t, s, split); got != want {
					t.Errorf("%s is %d characters of another text", split, len(got))
				}
			}
			if s.Header.SplitRule != RuleContiguous {
				t.Errorf("rule %s", s.Header.SplitRule)
			}
		})
	}
	s, _ := prepared(t, Options{}, document("a", "", whole[:10]), document("b", "", whole[10:920]), document("c", "", whole[920:]))
	want := []Document{{"a", Train, 0, 10}, {"b", Train, 10, 890}, {"b", Validation, 900, 20}, {"c", Validation, 920, 30}, {"c", Test, 950, 50}}
	if diff := cmp.Diff(want, s.Header.Documents); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestExplicit(t *testing.T) {
	s, _ := prepared(t, Options{Codec: "bytes"},
		document("t", Test, "test"), document("a", Train, "one "), document("v", Validation, "valid"), document("b", Train, "two"))
	for split, want := range map[string]string{Train: "one two", Validation: "valid", Test: "test"} {
		if got := decoded(t, s, split); got != want {
			t.Errorf("%s is %q, want %q", split, got, want)
		}
	}
	if s.Header.SplitRule != RuleExplicit {
		t.Errorf("rule %s", s.Header.SplitRule)
	}
	s, _ = prepared(t, Options{}, document("a", Train, "one"), document("v", Validation, "valid"))
	if s.Header.Splits.Test.Length != 0 {
		t.Error("a test split nobody asked for")
	}
	if _, err := s.Windows(Test, 1, 2); err == nil || !strings.Contains(err.Error(), "test split") {
		t.Errorf("windows of an empty split: %v", err)
	}
}

func TestManyDocuments(t *testing.T) {
	var docs []media.Document
	for i := range 100 {
		docs = append(docs, document(fmt.Sprintf("d%d", i), "", fmt.Sprintf("<%d>", i)))
	}
	splitOf := func(docs []media.Document) map[string]string {
		s, _ := prepared(t, Options{}, docs...)
		if s.Header.SplitRule != RuleDocuments {
			t.Errorf("rule %s", s.Header.SplitRule)
		}
		of := map[string]string{}
		for _, split := range []string{Train, Validation, Test} {
			for _, d := range s.Header.Documents {
				if d.Split == split {
					of[d.Name] = split
				}
			}
			if content := decoded(t, s, split); strings.Count(content, "<") != strings.Count(content, ">") {
				t.Errorf("a document is cut in %s", split)
			}
		}
		return of
	}
	splits := splitOf(docs)
	count := map[string]int{}
	for _, split := range splits {
		count[split]++
	}
	if want := map[string]int{Train: 90, Validation: 5, Test: 5}; !cmp.Equal(count, want) {
		t.Errorf("documents %v, want %v", count, want)
	}
	// The order in which documents come does not matter, their names do.
	reversed := slices.Clone(docs)
	slices.Reverse(reversed)
	if !cmp.Equal(splitOf(reversed), splits) {
		t.Error("the splits depend on the order of the documents")
	}
	// One more document moves none but one across each border.
	moved := 0
	for name, split := range splitOf(append(docs, document("new", "", "<new>"))) {
		if name != "new" && splits[name] != split {
			moved++
		}
	}
	if moved > 2 {
		t.Errorf("a new document moves %d others to another split", moved)
	}
	for n := manyDocuments; n < 50; n++ {
		if _, err := Prepare(t.Context(), t.TempDir(), "few", docs[:n], Options{}, nil); err != nil {
			t.Errorf("%d documents: %v", n, err)
		}
	}
}
