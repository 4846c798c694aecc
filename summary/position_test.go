package summary

import (
	"math"
	"testing"
)

// A gain of 0.01 ln(position) + 0.02 with another slope for each seed: the slope is
// the mean of 0.008, 0.01 and 0.015, and its interval Student's, worked by hand:
// t(0.975, 2) = 4.302653, standard error 0.0036055513/sqrt(3).
func TestGainByPosition(t *testing.T) {
	const window = 16
	of := func(variant string, slopes ...float64) (results []Result) {
		for i, slope := range slopes {
			r := planted(variant, uint64(i+1), 1)
			for p := 1; p <= window; p++ {
				r.PositionLosses = append(r.PositionLosses, 2+1/float64(p)-0.02-slope*math.Log(float64(p)))
			}
			results = append(results, r)
		}
		return results
	}
	s := compared(t, join(of("none", 0, 0, 0), of("shift", 0.002, 0.002, 0.002), of("haar", 0.008, 0.01, 0.015))...)
	c := s.Comparisons[1]
	g := c.GainByPosition
	if g == nil || len(g.Positions) != window || g.Positions[0] != 1 || math.Abs(g.Gain[0]) > 1e-12 {
		t.Fatalf("%+v", g)
	}
	if math.Abs(*g.Slope-0.011) > 1e-12 || math.Abs(g.CI95[0]-(0.011-0.0089567)) > 1e-6 || math.Abs(g.CI95[1]-(0.011+0.0089567)) > 1e-6 {
		t.Errorf("slope %v, interval %v", *g.Slope, *g.CI95)
	}
	if k := c.Controls[0].GainByPosition; k == nil || math.Abs(*k.Slope-0.009) > 1e-12 {
		t.Errorf("against the shift: %+v", k)
	}
	one := compared(t, join(of("none", 0), of("haar", 0.01))...).Comparisons[0].GainByPosition
	if one.Slope == nil || one.CI95 != nil {
		t.Errorf("one seed: %+v", one)
	}
	if g := compared(t, join(seeds("none", 1), seeds("haar", 1))...).Comparisons[0].GainByPosition; g != nil {
		t.Errorf("without losses by position: %+v", g)
	}
}
