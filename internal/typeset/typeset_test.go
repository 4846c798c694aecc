package typeset

import (
	"math"
	"testing"
	"time"
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

func TestLoss(t *testing.T) {
	for x, want := range map[float64]string{3.3544: "3.354", 0: "0.000", 999999: "999999.000", 1.7e95: "1.7e+95"} {
		if got := Loss(x); got != want {
			t.Errorf("Loss(%g) = %q, want %q", x, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "0 s",
		time.Millisecond:        "0.1 s",
		300 * time.Millisecond:  "0.3 s",
		time.Second:             "1 s",
		9960 * time.Millisecond: "10 s",
		45 * time.Second:        "45 s",
		99 * time.Second:        "99 s",
		100 * time.Second:       "1.7 min",
		2 * time.Minute:         "2 min",
		45 * time.Minute:        "45 min",
		119 * time.Minute:       "119 min",
		2 * time.Hour:           "2 h",
		150 * time.Minute:       "2.5 h",
		30 * time.Hour:          "30 h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := Seconds(90.4); got != "90 s" {
		t.Errorf("90.4 seconds are %q", got)
	}
}

func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 seeds", 1: "1 seed", 2: "2 seeds", 1500: "1,500 seeds"} {
		if got := Counted(n, "seed"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if Are(1) != "is" || Are(0) != "are" || Are(2) != "are" {
		t.Errorf("%s, %s, %s", Are(1), Are(0), Are(2))
	}
}
