package svg

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTicks(t *testing.T) {
	tests := []struct {
		name      string
		low, high float64
		log       bool
		n         int
		want      []string
	}{
		{"steps", 0, 2000, false, 5, []string{"0", "500", "1,000", "1,500", "2,000"}},
		{"bits", 2.26, 3.81, false, 6, []string{"2.5", "3.0", "3.5"}},
		{"both signs", -0.12, 0.31, false, 5, []string{"\u22120.1", "0", "0.1", "0.2", "0.3"}},
		{"FLOPs", 0, 6.6e11, false, 5, []string{"0", "200\u202fG", "400\u202fG", "600\u202fG"}},
		{"tokens", 0, 1.02e6, false, 5, []string{"0", "500\u202fk", "1\u202fM"}},
		{"decades", 1, 2000, true, 5, []string{"1", "10", "100", "1,000"}},
		{"within a decade", 100, 900, true, 5, []string{"100", "200", "500"}},
	}
	for _, test := range tests {
		got := Labels(NewScale(test.low, test.high, 0, 1, test.log).Ticks(test.n))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Whatever the range, ticks are few, ascending and inside it.
func TestTicksAreInside(t *testing.T) {
	values := []float64{-math.MaxFloat64, -1e9, -1, -1e-300, 0, 5e-324, 1e-9, 1, 1 + 1e-15, 1000, 1e18, math.MaxFloat64}
	for _, low := range values {
		for _, high := range values {
			for _, log := range []bool{false, true} {
				s := NewScale(low, high, 0, 100, log)
				ticks := s.Ticks(6)
				if len(ticks) > 20 || !slices.IsSorted(ticks) {
					t.Errorf("%g to %g, log %v: ticks %v", low, high, log, ticks)
				}
				for _, tick := range ticks {
					if at := s.At(tick); !(at >= -0.1 && at <= 100.1) {
						t.Errorf("%g to %g, log %v: tick %g at %g", low, high, log, tick, at)
					}
				}
			}
		}
	}
}

func TestScale(t *testing.T) {
	down := NewScale(2, 4, 300, 20, false)
	if got := down.At(3); got != 160 {
		t.Errorf("the middle is at %g, want 160", got)
	}
	log := NewScale(1, 100, 0, 10, true)
	if got := log.At(10); math.Abs(got-5) > 1e-12 {
		t.Errorf("the logarithmic middle is at %g, want 5", got)
	}
}
