package summary

import (
	"strings"
	"testing"
)

// The verdict says which models do not beat one that needs no network.
func TestReferenceInWords(t *testing.T) {
	for _, test := range []struct {
		loss       float64
		want, line string
	}{
		{0.5, "No model here beats the 6-gram", "No model here beats the 6-gram, 0.721 bits."},
		{1.55, "The mean final loss of none is not below the 6-gram", "Not below the 6-gram, 2.236 bits: none."},
		{9, "All models end below the 6-gram", ""},
	} {
		s := compared(t, join(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71))...)
		s.References = []Reference{{Name: "6-gram", Order: 6, Loss: test.loss, Split: "validation", Windows: 32}}
		s.Judge()
		if text := s.Comparisons[0].Verdict; !strings.Contains(text, test.want) {
			t.Errorf("%v: no %q in %s", test.loss, test.want, text)
		}
		if text := strings.Join(remarks(s), " "); !strings.Contains(text, test.line) {
			t.Errorf("%v: no %q in %s", test.loss, test.line, text)
		}
		if text := tableText(s, tableWidth, false); !strings.Contains(text, "  6-gram ") || !strings.Contains(text, "no network") {
			t.Errorf("no row in\n%s", text)
		}
	}
}

// A mean below the reference line is not enough where a seed is above it.
func TestReferenceAmongSeeds(t *testing.T) {
	s := compared(t, join(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71))...)
	highest := 0.0
	for _, r := range s.RunsOf("haar") {
		highest = max(highest, *r.FinalLoss)
	}
	s.References = []Reference{{Name: "6-gram", Order: 6, Loss: highest, Split: "validation", Windows: 32}}
	s.Judge()
	text := s.Comparisons[0].Verdict + strings.Join(remarks(s), " ")
	for _, want := range []string{"The mean final loss of none is not below the 6-gram", "The mean final loss of haar is below the 6-gram, ", "but not that of every seed", "on average and not with every seed: haar."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}
