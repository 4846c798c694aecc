package wavelet

import (
	"slices"
	"testing"
)

// Ten seats by largest remainders with the Hare quota: the example of Wikipedia's
// article on the method.
func TestCounts(t *testing.T) {
	p, err := parsePattern("47000x1+16000x2+15900x3+12000x4+6000x5+3100x6")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.counts(10), []int{5, 2, 1, 1, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	equal, _ := parsePattern("1x1+1x2+1x3")
	for n, want := range map[int][]int{0: {0, 0, 0}, 1: {1, 0, 0}, 2: {1, 1, 0}, 5: {2, 2, 1}} {
		if got := equal.counts(n); !slices.Equal(got, want) {
			t.Errorf("%d channels of equal groups: %v, want the first ones first, %v", n, got, want)
		}
	}
}

// The operators of fixed means are patterns: equal to the bit, with the same cost.
func TestPatternsOfOperators(t *testing.T) {
	tests := []struct {
		spec, pattern string
		E, L          int
	}{
		{"haar", "1x1+1x2+1x4+1x8+1x16", 20, 16},
		{"haar:min=2:prefix=count", "1x2+1x4+1x8+1x16:prefix=count", 16, 16},
		{"haar:delay=3:prefix=count", "1x1@3+1x2@3+1x4@3+1x8@3+1x16@3:prefix=count", 20, 31},
		{"past", "8x1@1+4x2@1+2x4@1+1x8@1+1xctx@1", 32, 16},
		{"dyadic:prefix=count", "4x1@1+2x2@2+1x4@4+1x8@8:prefix=count", 16, 17},
		{"window:16", "3x16", 9, 16},
		{"window:7:delay=2:fraction=1", "1x7@2:fraction=1", 9, 7},
		{"window:12", "3xctx", 9, 12},
		{"shift", "1x1@1", 7, 12},
		{"taps", "1x1@1+1x1@2+1x1@4+1x1@8", 24, 16},
	}
	const T = 40
	for _, test := range tests {
		var results [2][]float32
		var flops [2]int64
		for k, text := range []string{test.spec, "windows:" + test.pattern} {
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			o := s.New(test.E, test.L)
			x, y, dx := normal(1, T*test.E), make([]float32, T*test.E), make([]float32, T*test.E)
			o.Forward(y, x, nil, T)
			o.Backward(dx, nil, x, nil, nil, T)
			results[k], flops[k] = append(y, dx...), o.FLOPs(T)
		}
		if !slices.Equal(results[0], results[1]) || flops[0] != flops[1] {
			t.Errorf("%s is not windows:%s", test.spec, test.pattern)
		}
	}
}

// Neighbouring groups share additions, so that five windows cost as many passes as the
// longest alone.
func TestLinksAreShared(t *testing.T) {
	for text, want := range map[string]int{
		"haar": 4, "past": 4, "dyadic": 3, "window:16": 4, "window:7": 4, "shift": 0, "taps": 0,
		"windows:1x2+1x4@1+1x8@9": 3, "windows:1x3+1x7": 4, "windows:1x3+1x7@1": 5, "windows:1x4+1x1+1x4": 4,
		"haar:detail=on": 4 + 3,
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(s.New(64, 16).(*means).links); got != want {
			t.Errorf("%s has %d links, want %d", text, got, want)
		}
	}
}
