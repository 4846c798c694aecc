package kernel

import "math"

// SoftCap bounds values smoothly (Gemma Team, "Gemma 2", 2024):
//
//	y[i] = limit tanh(x[i] / limit)
//
// limit is above 0. y and x may be the same. NaN gives NaN.
func SoftCap(y, x []float32, limit float32) {
	x = x[:len(y)]
	inverse := 1 / limit
	if active != nil && len(y) > 0 {
		active.softCap(&y[0], &x[0], len(y), limit, inverse)
		return
	}
	for i, v := range x {
		y[i] = limit * tanh(v*inverse)
	}
}

// tanh is a quotient of polynomials, that of the Eigen library (generic_fast_tanh_float).
// Beyond tanhMax it stays what it is there. Its relative error is below 4e-7.
func tanh(x float32) float32 {
	x = max(min(x, tanhMax), -tanhMax)
	z := x * x
	p := float32(tanh13*z) + tanh11
	p = float32(p*z) + tanh9
	p = float32(p*z) + tanh7
	p = float32(p*z) + tanh5
	p = float32(p*z) + tanh3
	p = float32(p*z) + tanh1
	q := float32(tanhDown6*z) + tanhDown4
	q = float32(q*z) + tanhDown2
	q = float32(q*z) + tanhDown0
	return x * p / q
}

const (
	tanhMax = 7.90531110763549805

	tanh1  = 4.89352455891786e-03
	tanh3  = 6.37261928875436e-04
	tanh5  = 1.48572235717979e-05
	tanh7  = 5.12229709037114e-08
	tanh9  = -8.60467152213735e-11
	tanh11 = 2.00018790482477e-13
	tanh13 = -2.76076847742355e-16

	tanhDown0 = 4.89352518554385e-03
	tanhDown2 = 2.26843463243900e-03
	tanhDown4 = 1.18534705686654e-04
	tanhDown6 = 1.19825839466702e-06
)

// CappedCrossEntropy is CrossEntropy of logits [rows, n] that SoftCap bounds first:
//
//	logits[r,i] = limit tanh(logits[r,i] / limit)
//	loss[r]     = log(sum_i exp(logits[r,i])) - logits[r,target[r]]        nats
//
// The logits are replaced by the capped ones, and not by probabilities:
// CappedCrossEntropyGradient needs these and the losses, and no other array.
func CappedCrossEntropy(loss, logits []float32, target []uint16, limit float32, rows, n int) {
	for r := range rows {
		row := logits[r*n : (r+1)*n]
		SoftCap(row, row, limit)
		top := maximum(row)
		loss[r] = float32(math.Log(float64(expTotal(row, top)))) + top - row[target[r]]
	}
}

// expTotal returns the sum of exp(x[i] - shift).
func expTotal(x []float32, shift float32) float32 {
	if active != nil && len(x) > 0 {
		return active.expTotal(&x[0], len(x), shift)
	}
	var sum float32
	for _, v := range x {
		sum += softmaxExp(v - shift)
	}
	return sum
}

// CappedCrossEntropyGradient replaces the capped logits of CappedCrossEntropy by the
// gradient of factor times the sum of the losses, that of the logits before the cap.
// loss is what CappedCrossEntropy gave:
//
//	p           = exp(logits[r,i] - logits[r,target[r]] - loss[r])
//	logits[r,i] = factor (p - [i = target[r]]) (1 - (logits[r,i] / limit)^2)
func CappedCrossEntropyGradient(logits, loss []float32, target []uint16, limit, factor float32, rows, n int) {
	inverse := 1 / limit
	for r := range rows {
		row := logits[r*n : (r+1)*n]
		wanted := row[target[r]]
		cappedGradient(row, wanted+loss[r], inverse, factor)
		row[target[r]] -= factor * capSlope(wanted, inverse)
	}
}

// cappedGradient computes x[i] = factor exp(x[i] - shift) (1 - (x[i] inverse)^2).
func cappedGradient(x []float32, shift, inverse, factor float32) {
	if active != nil && len(x) > 0 {
		active.cappedGradient(&x[0], len(x), shift, inverse, factor)
		return
	}
	for i, v := range x {
		x[i] = factor * softmaxExp(v-shift) * capSlope(v, inverse)
	}
}

// capSlope is the derivative of SoftCap where it gave y.
func capSlope(y, inverse float32) float32 {
	t := y * inverse
	return 1 - float32(t*t)
}
