package summary

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// GainByPosition is how much lower a variant's loss is at each position of the final
// windows than that of the baseline, or of a control: the mean over seeds, in nats.
// At position p the model has seen p tokens. A gain that grows with the position is
// the direct evidence for scales: what a variant knows beyond its nearest tokens.
type GainByPosition struct {
	Positions []int     `json:"positions"` // 1, 2, 3 ...
	Gain      []float64 `json:"gain"`
	// Slope is that of the gain over ln(position), by least squares with all positions
	// alike, the mean over seeds; in nats. CI95 is Student's 95 % interval over seeds,
	// null with one.
	Slope *float64    `json:"slope"`
	CI95  *[2]float64 `json:"ci95"`
}

// gainByPosition compares two groups over the seeds whose losses by position are
// known on both sides; nil if there are none.
func gainByPosition(baseline, variant group, seeds []uint64) *GainByPosition {
	var all [][]float64
	for _, seed := range seeds {
		b, v := baseline.runs[seed].PositionLosses, variant.runs[seed].PositionLosses
		if len(b) == len(v) && len(b) > 1 && (len(all) == 0 || len(all[0]) == len(b)) {
			all = append(all, subtract(b, v))
		}
	}
	if len(all) == 0 {
		return nil
	}
	out := &GainByPosition{Gain: meanOf(all)}
	var x []float64
	for i := range out.Gain {
		out.Positions = append(out.Positions, i+1)
		x = append(x, math.Log(float64(i+1)))
	}
	var slopes []float64
	for _, gain := range all {
		_, slope := stat.LinearRegression(x, gain, nil, false)
		slopes = append(slopes, slope)
	}
	mean := stat.Mean(slopes, nil)
	out.Slope = &mean
	if variance, n := errorOfMean(slopes, nil); n > 1 {
		half := HalfWidth(math.Sqrt(variance), n)
		out.CI95 = &[2]float64{mean - half, mean + half}
	}
	return out
}
