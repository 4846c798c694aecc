package train

import "math"

// A spike is judged by the steps just before it.
const (
	trailingSteps = 64 // at most
	trailingLeast = 16 // before that there is no score
)

// trailing is the last values of a number of the steps, the oldest first. It
// follows from the log alone, so that a run that goes on has the same.
type trailing []float64

// score returns how many standard deviations x lies above the mean of the values
// before it, and takes x in. It is nil where there are too few of them or all
// are equal.
//
// A value that is not finite has no score and is not taken in: one NaN would make
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
