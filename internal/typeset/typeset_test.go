package typeset

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for fraction, want := range map[float64]string{
		0: "0 %", 0.294: "29 %", 1: "100 %", 0.004: "0.4 %", -0.004: "−0.4 %", 0.997: "99.7 %", 1.003: "100.3 %",
		-1e-9: "0 %", 0.99999: "100 %", 1.4: "140 %", -0.25: "−25 %",
	} {
		if got := Percent(fraction); got != want {
			t.Errorf("Percent(%g) = %q, want %q", fraction, got, want)
		}
	}
	for n, want := range map[float64]string{
		0: "0", 999: "999", 1000: "1,000", 2055424: "2,055,424", 123456.7: "123,457", -1234: "−1,234", -0.2: "0",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%g) = %q, want %q", n, got, want)
		}
	}
	for x, want := range map[float64]string{math.Copysign(0, -1): "0.000", 0.12: "+0.120", -0.12: "−0.120", -1e-4: "−0.000"} {
		if got := Signed(x); got != want {
			t.Errorf("Signed(%g) = %q, want %q", x, got, want)
		}
	}
}
