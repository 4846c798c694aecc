package dataset

import (
	"fmt"
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/media"
)

// The entropies against sums over maps, with all pairs counted at once and in
// bands of every width.
func TestEntropy(t *testing.T) {
	train := []string{text(5000), "b", text(300)[100:]}
	docs := []media.Document{document("v", Validation, "zzz")}
	unigrams, firsts, pairs := map[byte]float64{}, map[byte]float64{}, map[string]float64{}
	for i, s := range train {
		docs = append(docs, document(fmt.Sprint(i), Train, s))
		for j := range len(s) {
			unigrams[s[j]]++
			if j > 0 {
				firsts[s[j-1]]++
				pairs[s[j-1:j+1]]++
			}
		}
	}
	var n, m float64
	for _, c := range unigrams {
		n += c
	}
	for _, c := range pairs {
		m += c
	}
	var want Entropy
	for _, c := range unigrams {
		want.Unigram -= c / n * math.Log(c/n)
	}
	for p, c := range pairs {
		want.Bigram -= c / m * math.Log(c/firsts[p[0]])
	}
	s, _ := prepared(t, Options{}, docs...)
	for _, cells := range []int{1, 27, 28, 5 * 27, 26 * 27, bigramCells} {
		got, err := entropy(t.Context(), s.tokens, s.Header.Documents, cells)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Unigram-want.Unigram) > 1e-12 || math.Abs(got.Bigram-want.Bigram) > 1e-12 {
			t.Errorf("%d cells: %+v, want %+v", cells, got, want)
		}
	}
	one, _ := prepared(t, Options{}, document("a", Train, "a"), document("v", Validation, "b"))
	if e := one.Header.Entropy; e != (Entropy{}) {
		t.Errorf("one token has entropy %+v", e)
	}
}
