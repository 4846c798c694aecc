package dataset

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestDraw(t *testing.T) {
	const length = 41
	s, _ := prepared(t, Options{}, document("a", "", text(100))) // 90 for training: 50 starts
	all := make([]uint16, 90)
	if err := s.Read(all, Train, 0); err != nil {
		t.Fatal(err)
	}
	place := func(window []uint16) int {
		for at := range 50 {
			if slices.Equal(all[at:at+length], window) {
				return at
			}
		}
		t.Fatal("a window that is not in the training split")
		return 0
	}
	const draws = 20_000
	var count [50]int
	first := make([]int, draws)
	window := make([]uint16, length)
	for i := range draws {
		if _, err := s.Draw(window, 7, i/8, i%8); err != nil {
			t.Fatal(err)
		}
		first[i] = place(window)
		count[first[i]]++
	}
	chi2 := 0.0
	for _, n := range count {
		d := float64(n) - draws/50
		chi2 += d * d / (draws / 50)
	}
	if chi2 > 85.4 { // 0.999 quantile at 49 degrees of freedom
		t.Errorf("chi-squared %.1f over the starts %v", chi2, count)
	}

	// A place is a function of seed, step and index, in any order and at once.
	var work sync.WaitGroup
	for lane := range 4 {
		work.Go(func() {
			window := make([]uint16, length)
			for i := draws - 1 - lane; i >= 0; i -= 4 {
				if _, err := s.Draw(window, 7, i/8, i%8); err != nil || !slices.Equal(window, all[first[i]:first[i]+length]) {
					t.Errorf("draw %d is another window, %v", i, err)
					return
				}
			}
		})
	}
	work.Wait()

	for name, draw := range map[string]func(i int) error{
		"seed":  func(i int) error { _, err := s.Draw(window, 8, i/8, i%8); return err },
		"step":  func(i int) error { _, err := s.Draw(window, 7, i/8+draws, i%8); return err },
		"index": func(i int) error { _, err := s.Draw(window, 7, i/8, i%8+8); return err },
	} {
		same := 0
		for i := range 1000 {
			if err := draw(i); err != nil {
				t.Fatal(err)
			}
			if place(window) == first[i] {
				same++
			}
		}
		if same > 60 { // 20 expected
			t.Errorf("another %s: %d of 1000 windows are the same", name, same)
		}
	}

	// The whole split is one window.
	if _, err := s.Draw(make([]uint16, 90), 1, 2, 3); err != nil {
		t.Error(err)
	}
	for name, place := range map[string]struct{ length, step, index int }{
		"too long": {91, 2, 3}, "step": {length, -1, 0}, "index": {length, 0, -1},
	} {
		if _, err := s.Draw(make([]uint16, place.length), 1, place.step, place.index); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if math.MaxInt > math.MaxUint32 {
		if _, err := s.Draw(window, 1, math.MaxInt, 0); err == nil {
			t.Error("a step beyond 2^32: no error")
		}
	}
}

// A drawn place is part of the format of a run: another rule is another
// training. The places are floor(u n / 2^64) for n = 1741 starts, computed with
// another Philox.
func TestDrawIsStable(t *testing.T) {
	s, _ := prepared(t, Options{Codec: "bytes"}, document("a", "", text(2000)))
	all := make([]uint16, 1800)
	if err := s.Read(all, Train, 0); err != nil {
		t.Fatal(err)
	}
	var got []int
	window := make([]uint16, 60)
	for i := range 4 {
		if _, err := s.Draw(window, 1, 5, i); err != nil {
			t.Fatal(err)
		}
		for at := range len(all) - len(window) + 1 {
			if slices.Equal(all[at:at+len(window)], window) {
				got = append(got, at)
				break
			}
		}
	}
	if want := []int{976, 1, 1643, 885}; !slices.Equal(got, want) {
		t.Errorf("windows at %v, want %v", got, want)
	}
}

func TestWindows(t *testing.T) {
	s := &Set{Header: Header{Provenance: Provenance{Path: "book.txt"}}}
	for _, tokens := range []int64{1, 2, 10, 99, 100, 101, 625_000, 1 << 40, math.MaxInt64 / 2} {
		s.Header.Splits.Validation = Range{Start: 7, Length: tokens}
		for _, n := range []int{1, 2, 3, 128, 5000} {
			for _, length := range []int{1, 2, 10, 33, 513} {
				places, err := s.Windows(Validation, n, length)
				if int64(length) > tokens {
					if err == nil {
						t.Errorf("windows of %d in %d tokens: no error", length, tokens)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				want := min(int64(n), tokens/int64(length))
				if int64(len(places)) != want {
					t.Fatalf("%d windows of %d in %d tokens, want %d", len(places), length, tokens, want)
				}
				if places[0] != 0 || want > 1 && places[want-1] != tokens-int64(length) {
					t.Errorf("%d windows of %d in %d tokens are from %d to %d", n, length, tokens, places[0], places[want-1])
				}
				least, most := int64(math.MaxInt64), int64(0)
				for i := 1; i < len(places); i++ {
					gap := places[i] - places[i-1]
					least, most = min(least, gap), max(most, gap)
				}
				if len(places) > 1 && (least < int64(length) || most > least+1) {
					t.Errorf("%d windows of %d in %d tokens are %d to %d apart", n, length, tokens, least, most)
				}
			}
		}
	}
}

func TestWindowsOfAll(t *testing.T) {
	s := &Set{}
	s.Header.Splits.Test = Range{Length: 1_000_003}
	places, err := s.Windows(Test, math.MaxInt, 1)
	if err != nil || len(places) != 1_000_003 || places[777_777] != 777_777 {
		t.Errorf("%d windows, %v", len(places), err)
	}
}

func TestWindowsRefuse(t *testing.T) {
	s := &Set{Header: Header{Provenance: Provenance{Path: "book.txt"}}}
	s.Header.Splits.Validation = Range{Length: 100}
	for _, test := range []struct {
		split     string
		n, length int
		want      []string
	}{
		{Validation, 1, 129, []string{"validation split of book.txt", "100 tokens", "129", "model.context", "more data"}},
		{Test, 1, 10, []string{"test split", "no test split"}},
		{"dev", 1, 10, []string{`"dev"`, "validation"}},
		{Validation, 0, 10, []string{"at least 1"}},
		{Validation, 1, 0, []string{"at least 1"}},
	} {
		_, err := s.Windows(test.split, test.n, test.length)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not name %q", err, want)
			}
		}
	}
}
