package summary

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// speedUpLosses is the number of losses that a speed-up is given at.
const speedUpLosses = 40

// A SpeedUp compares the steps that baseline and variant take to one loss, on
// their mean curves. A side that never reaches it has no steps, and then there is
// no ratio.
type SpeedUp struct {
	Loss          float64  `json:"loss"`
	BaselineSteps *float64 `json:"baseline_steps"`
	Steps         *float64 `json:"steps"`
	// Ratio is baseline steps over the variant's: 2 is twice as fast. PerSeed
	// has that of every seed's own curves, by the comparison's Seeds.
	Ratio   *float64   `json:"ratio"`
	PerSeed []*float64 `json:"per_seed"`
	// CI95 is Student's interval of the mean logarithm of PerSeed, if at least
	// three seeds have a ratio and none lacks one. It is null where Ratio is.
	CI95 *[2]float64 `json:"ci95"`
}

// speedUps goes down in equal steps of loss: from where both mean curves have left
// the loss of an untrained model to the lowest loss of either, where one of them
// has no ratio. A crossing obeys the rule of the package comment:
// either side may rise after it as far as the baseline does after its best loss.
func speedUps(b, v [][]Point) []SpeedUp {
	meanB, meanV := MeanCurve(b...), MeanCurve(v...)
	if len(meanB) < 2 || len(meanV) < 2 {
		return nil
	}
	lowB, slack, _ := best(meanB)
	lowV, _, _ := best(meanV)
	// Not at step 0, where a ratio of steps is 0 by 0.
	high, low := min(meanB[1].Loss, meanV[1].Loss), min(lowB, lowV)
	if !(high > low) {
		return nil
	}
	grid := make([]SpeedUp, speedUpLosses)
	for i := range grid {
		g := &grid[i]
		g.Loss = high + (low-high)*float64(i+1)/speedUpLosses
		if i == len(grid)-1 {
			g.Loss = low // not less by rounding, which no curve would reach
		}
		g.BaselineSteps, g.Steps = firstCrossing(meanB, Steps, g.Loss, slack), firstCrossing(meanV, Steps, g.Loss, slack)
		g.Ratio = over(g.BaselineSteps, g.Steps)
		var logs []float64
		for j := range b {
			_, slack, _ := best(b[j])
			ratio := over(firstCrossing(b[j], Steps, g.Loss, slack), firstCrossing(v[j], Steps, g.Loss, slack))
			g.PerSeed = append(g.PerSeed, ratio)
			if ratio != nil {
				logs = append(logs, math.Log(*ratio))
			}
		}
		if n := float64(len(logs)); n >= 3 && len(logs) == len(b) && g.Ratio != nil {
			mean, deviation := stat.MeanStdDev(logs, nil)
			half := HalfWidth(deviation/math.Sqrt(n), len(logs))
			g.CI95 = &[2]float64{math.Exp(mean - half), math.Exp(mean + half)}
		}
	}
	return grid
}

// over is a/b, nil if either is missing or not positive.
func over(a, b *float64) *float64 {
	if a == nil || b == nil || !(*a > 0) || !(*b > 0) {
		return nil
	}
	ratio := *a / *b
	if !finite(ratio) {
		return nil
	}
	return &ratio
}
