package train

import "math"

// A value is scored against the steps just before it.
const (
	trailingSteps = 64 // at most
	trailingLeast = 16 // with fewer there is no score
)

// trailing holds the latest values of a metric, oldest first. It can be rebuilt from
// the log, so a resumed run has the same scores.
type trailing []float64

// score returns how many standard deviations x lies above the mean of the values
// before it, and adds x to them. It returns nil if there are too few values or all
// are equal.
//
// A value that is not finite has no score and is not added: one NaN would make
// every later score NaN, which compares false with every threshold.
func (w *trailing) score(x float64) *float64 {
	if !finite(x) {
		return nil
	}
	before := *w
	if len(before) == trailingSteps {
		*w = append(before[:0:0], before[1:]...)
	}
	*w = append(*w, x)
	if len(before) < trailingLeast {
		return nil
	}
	sum, squares, n := 0.0, 0.0, float64(len(before))
	for _, v := range before {
		sum += v
	}
	mean := sum / n
	for _, v := range before {
		squares += (v - mean) * (v - mean)
	}
	deviation := math.Sqrt(squares / (n - 1))
	if deviation <= 1e-12*math.Abs(mean) { // what rounding leaves of equal values
		return nil
	}
	return new((x - mean) / deviation)
}
