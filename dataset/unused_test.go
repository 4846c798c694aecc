package dataset

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Unused windows lie in the split, ascend, and overlap neither each other nor a
// used one; as many as fit the rule are found.
func TestUnused(t *testing.T) {
	s := &Set{}
	for _, tokens := range []int64{1, 10, 99, 100, 101, 1000, 625_000, 1 << 40} {
		s.Header.Splits.Validation = Range{Start: 7, Length: tokens}
		for _, used := range []int{1, 2, 3, 9, 128} {
			for _, length := range []int64{1, 2, 10, 33, 513} {
				if length > tokens {
					continue
				}
				taken, err := s.Windows(Validation, used, int(length))
				if err != nil {
					t.Fatal(err)
				}
				gaps, at := []int64{}, int64(0)
				for _, p := range append(taken, tokens) {
					gaps, at = append(gaps, (p-at)/length), p+length
				}
				var fit int64
				for _, g := range gaps {
					fit += g
				}
				for _, n := range []int{1, 2, 7, 300} {
					places, err := s.Unused(Validation, used, n, int(length))
					if err != nil || int64(len(places)) != min(int64(n), fit) {
						t.Fatalf("%d unused of %d in %d tokens beside %d, %v; want %d of %d", len(places), length, tokens, used, err, n, fit)
					}
					disjoint(t, places, taken, tokens, length)
				}
			}
		}
	}
}

// disjoint checks that windows ascend within a split without overlap with each
// other or with those that are taken.
func disjoint(t *testing.T, places, taken []int64, tokens, length int64) {
	t.Helper()
	if !slices.IsSorted(places) {
		t.Fatalf("places %v do not ascend", places)
	}
	all := slices.Sorted(slices.Values(slices.Concat(places, taken)))
	for i, p := range all {
		if p < 0 || p+length > tokens || i > 0 && p-all[i-1] < length {
			t.Fatalf("%d unused windows of %d tokens beside %d: one at %d of %d, after another at %d", len(places), length, len(taken), p, tokens, all[max(i-1, 0)])
		}
	}
}

// The windows are spread: each part of the split has about as many.
func TestUnusedIsSpread(t *testing.T) {
	s := &Set{}
	s.Header.Splits.Test = Range{Length: 100_000}
	places, err := s.Unused(Test, 50, 200, 65)
	if err != nil {
		t.Fatal(err)
	}
	var in [10]int
	for _, p := range places {
		in[p/10_000]++
	}
	if slices.Min(in[:]) < 18 || slices.Max(in[:]) > 22 {
		t.Errorf("tenths of the split have %v windows", in)
	}
	if again, err := s.Unused(Test, 50, 200, 65); err != nil || !slices.Equal(again, places) {
		t.Errorf("asked again, the windows are others, %v", err)
	}
}

// With windows in documents, used and unused ones together are all that the
// documents are cut into, and each lies in one document.
func TestUnusedInDocuments(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		lengths := make([]int, 1+random.IntN(12))
		for i := range lengths {
			lengths[i] = 1 + random.IntN(40)
		}
		lengths[0] += 2
		s := performances(t, map[string][]int{Train: {4}, Validation: {3}, Test: lengths})
		length := 2 + random.IntN(9)
		used, n := 1+random.IntN(9), 1+random.IntN(20)
		taken, err := s.Windows(Test, used, length)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Windows(Test, math.MaxInt, length)
		if err != nil {
			t.Fatal(err)
		}
		every, err := s.Unused(Test, used, math.MaxInt, length)
		if got := slices.Sorted(slices.Values(slices.Concat(taken, every))); err != nil || !slices.Equal(got, all) {
			t.Fatalf("used %v and unused %v are not all of %v, %v", taken, every, all, err)
		}
		some, err := s.Unused(Test, used, n, length)
		if err != nil || len(some) != min(n, len(every)) || !slices.IsSorted(some) {
			t.Fatalf("%d of %v: %v, %v", n, every, some, err)
		}
		for _, at := range some {
			if !slices.Contains(every, at) {
				t.Errorf("a window at %d is not among %v", at, every)
			}
			w, err := s.Window(make([]uint16, length), Test, at)
			if err != nil || len(w) < 2 {
				t.Fatalf("window of %d tokens, %v", len(w), err)
			}
			in := func(d Document) bool {
				start := d.Start - s.Header.Splits.Test.Start
				return d.Split == Test && start <= at && at+int64(len(w)) <= start+d.Length
			}
			if !slices.ContainsFunc(s.Header.Documents, in) {
				t.Errorf("the window of %d tokens at %d is in no document", len(w), at)
			}
		}
	}
}

func TestUnusedRefuses(t *testing.T) {
	s := &Set{}
	s.Header.Splits.Test = Range{Length: 100}
	for _, test := range []struct {
		split           string
		used, n, length int
	}{{Test, 0, 1, 10}, {Test, 1, 0, 10}, {Test, 1, 1, 0}, {Test, 1, 1, 101}, {Validation, 1, 1, 10}, {"dev", 1, 1, 10}} {
		if places, err := s.Unused(test.split, test.used, test.n, test.length); err == nil {
			t.Errorf("%+v: %v", test, places)
		}
	}
}
