package dataset

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media"
)

// performances is a set of "documents" of some lengths in each split, whose
// windows lie in one of them each. Their tokens are counted up from 0.
func performances(t *testing.T, lengths map[string][]int) *Set {
	t.Helper()
	var docs []media.Document
	next := 0
	for _, split := range []string{Train, Validation, Test} {
		for i, n := range lengths[split] {
			var b strings.Builder
			for range n {
				b.WriteString(" " + strconv.Itoa(next))
				next++
			}
			docs = append(docs, document(split+strconv.Itoa(i), split, b.String()))
		}
	}
	s, _ := prepared(t, Options{Codec: "ids:1000", Windows: WindowsInDocuments}, docs...)
	return s
}

// Every window of a document is drawn equally often, a short document is one,
// and a document without anything to predict is none.
func TestDrawInDocuments(t *testing.T) {
	s := performances(t, map[string][]int{Train: {20, 1, 5, 9}, Validation: {9}})
	// Windows of 8: 13 in the first, none, one of 5 tokens, 2.
	const draws = 16_000
	count := map[[2]int]int{}
	for i := range draws {
		w, err := s.Draw(make([]uint16, 8), 3, i, i%4)
		if err != nil {
			t.Fatal(err)
		}
		for j := range w[1:] {
			if w[j+1] != w[j]+1 {
				t.Fatalf("window %v", w)
			}
		}
		count[[2]int{int(w[0]), len(w)}]++
	}
	want := map[[2]int]bool{{21, 5}: true, {26, 8}: true, {27, 8}: true}
	for i := range 13 {
		want[[2]int{i, 8}] = true
	}
	for place, n := range count {
		if !want[place] {
			t.Errorf("a window of %d tokens from %d", place[1], place[0])
		}
		if n < 850 || n > 1150 { // 1000, five standard deviations
			t.Errorf("the window from %d is drawn %d times", place[0], n)
		}
	}
	if len(count) != len(want) {
		t.Errorf("%d windows are drawn, want %d", len(count), len(want))
	}
}

func TestWindowsInDocuments(t *testing.T) {
	s := performances(t, map[string][]int{Train: {4}, Validation: {20, 1, 5, 9}})
	all := []int64{0, 8, 21, 26}
	lengths := []int{8, 8, 5, 8}
	for n, want := range map[int][]int64{100: all, 4: all, 3: {0, 8, 26}, 2: {0, 26}, 1: {0}} {
		got, err := s.Windows(Validation, n, 8)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d windows begin at %v, %v; want %v", n, got, err, want)
		}
	}
	for i, at := range all {
		w, err := s.Window(make([]uint16, 8), Validation, at)
		if err != nil || len(w) != lengths[i] || int64(w[0]) != at+4 { // behind the training split
			t.Errorf("the window from %d is %v, %v", at, w, err)
		}
	}
	for at, want := range []int{19: 1, 20: 2, 21: 3, 25: 3, 26: 4, 34: 4} {
		if want == 0 {
			continue
		}
		if i, err := s.Document(Validation, int64(at)); err != nil || i != want {
			t.Errorf("token %d is in document %d, %v; want %d", at, i, err, want)
		}
	}
	for _, at := range []int64{-1, 35, 1000} {
		if i, err := s.Document(Validation, at); err == nil {
			t.Errorf("token %d is in document %d", at, i)
		}
	}
	if _, err := s.Windows(Test, 1, 8); err == nil || !strings.Contains(err.Error(), "test split") {
		t.Errorf("windows of an empty split: %v", err)
	}
	if _, err := s.Window(make([]uint16, 8), Validation, 40); err == nil {
		t.Error("a window behind the split")
	}
}

// Where windows lie is part of the data: the same tokens are other data with
// another rule, and a set that was made before there was a rule is as it was.
func TestWindowRule(t *testing.T) {
	docs := []media.Document{document("a", Train, text(300)), document("b", Validation, text(100))}
	anywhere, _ := prepared(t, Options{}, docs...)
	same, _ := prepared(t, Options{Windows: WindowsAnywhere}, docs...)
	inDocuments, dir := prepared(t, Options{Windows: WindowsInDocuments}, docs...)
	if anywhere.Header.Hash != same.Header.Hash || anywhere.Header.Hash == inDocuments.Header.Hash {
		t.Errorf("data hashes are %s, %s and %s", anywhere.Header.Hash, same.Header.Hash, inDocuments.Header.Hash)
	}
	if _, ok := Current(dir, "source", docs, Options{}); ok {
		t.Error("a set with another rule is taken for the one that is asked for")
	}
	if s, ok := Current(dir, "source", docs, Options{Windows: WindowsInDocuments}); !ok {
		t.Error("the set is not taken for what it is")
	} else {
		s.Close()
	}
	if _, err := Prepare(t.Context(), t.TempDir(), "source", docs, Options{Windows: "each"}, nil); err == nil || !strings.Contains(err.Error(), "document or any") {
		t.Errorf("another rule: %v", err)
	}
}

// pitched is a codec of pitches 0 to 9 with room for some of them.
type pitched struct{ media.Codec }

func (pitched) Room(ids []uint16) (down, up int) {
	return int(slices.Min(ids)), 9 - int(slices.Max(ids))
}

func (pitched) Transpose(ids []uint16, semitones int) {
	for i := range ids {
		ids[i] = uint16(int(ids[i]) + semitones)
	}
}

func TestTranspose(t *testing.T) {
	s := performances(t, map[string][]int{Train: {20}, Validation: {9}})
	if s.Transposes() || s.Transpose([]uint16{1}, 1, 1, 1, 3) == nil {
		t.Error("text is transposed")
	}
	s.Codec = pitched{s.Codec}
	for _, test := range []struct {
		window    []uint16
		low, high int
	}{
		{[]uint16{4, 5}, -3, 3},
		{[]uint16{1, 5}, -1, 3},
		{[]uint16{5, 9}, -3, 0},
		{[]uint16{0, 9}, 0, 0},
	} {
		const draws = 7000
		count := map[int]int{}
		for i := range draws {
			w, again := slices.Clone(test.window), slices.Clone(test.window)
			err := errors.Join(s.Transpose(w, 9, i, 1, 3), s.Transpose(again, 9, i, 1, 3))
			if err != nil || !slices.Equal(w, again) {
				t.Fatalf("%v and %v, %v", w, again, err)
			}
			count[int(w[0])-int(test.window[0])]++
		}
		n := test.high - test.low + 1
		for by := test.low; by <= test.high; by++ {
			if c := count[by]; c < draws/n*8/10 || c > draws/n*12/10 {
				t.Errorf("%v is transposed by %d in %d of %d draws", test.window, by, c, draws)
			}
		}
		if len(count) != n {
			t.Errorf("%v is transposed by %v", test.window, count)
		}
	}
	same := 0
	for i := range 1000 {
		a, b := []uint16{4}, []uint16{4}
		if err := errors.Join(s.Transpose(a, 9, 5, i, 3), s.Transpose(b, 9, 6, i, 3)); err != nil {
			t.Fatal(err)
		}
		if a[0] == b[0] {
			same++
		}
	}
	if same > 200 { // 143 expected
		t.Errorf("%d of 1000 windows are transposed alike in two steps", same)
	}
}
