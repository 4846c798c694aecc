package kernel

import (
	"fmt"
	"testing"
)

// Every tier of Peak computes its loop, for all of x, any number of times.
func TestPeak(t *testing.T) {
	const factor, term = 0.75, 0.5
	for _, v := range tiers {
		for _, rounds := range []int{0, 1, 2, 7} {
			t.Run(fmt.Sprintf("%s/%d", v, rounds), func(t *testing.T) {
				var x [PeakLength]float32
				copy(x[:], random(1, PeakLength))
				want := make([]float64, PeakLength)
				for i, value := range x {
					want[i] = float64(value)
					for range rounds {
						want[i] = want[i]*factor + term
					}
				}
				v.peak(&x, rounds, factor, term)
				near(t, "x", x[:], want, 1e-6)
			})
		}
	}
	// The operations are those of the loop, so that the rate is one of the machine.
	var x [PeakLength]float32
	if got := Peak(&x, 3, factor, term); got != 2*3*PeakLength {
		t.Errorf("%d operations in 3 rounds of %d values", got, PeakLength)
	}
	if want := float32(term * (1 + factor*(1+factor))); x[0] != want || x[PeakLength-1] != want {
		t.Errorf("x = %v ... %v, want %v", x[0], x[PeakLength-1], want)
	}
}
