package kernel

import "math"

// Range reduction and polynomial of expf in the Cephes library (Moshier):
// exp(x) = 2^n exp(r) with x = n ln 2 + r, |r| <= ln 2 / 2, and ln 2 in two
// parts so that n ln 2 is exact. The error is below 2 units in the last place.
const (
	log2e  = 1.44269504088896341
	ln2Hi  = 0.693359375
	ln2Lo  = -2.12194440e-4
	expMin = -87.33654 // below this, the result would be subnormal and becomes 0
	expMax = 88.37626  // above this, 2^n is no float32 and the result is +Inf

	exp2 = 5.0000001201e-1
	exp3 = 1.6666665459e-1
	exp4 = 4.1665795894e-2
	exp5 = 8.3334519073e-3
	exp6 = 1.3981999507e-3
	exp7 = 1.9875691500e-4
)

// softmaxExpMin is the logarithm of 2^-64, the least exponential of a softmax, in which the
// largest is 1. It is far below what float32 can add to 1. So what it is multiplied with, an
// inverse sum, a value or a gradient, does not make it subnormal: one such number in a chain of
// sums makes each of them call for microcode on many processors.
const softmaxExpMin = -44.361420

// softmaxExp is e^x, and 2^-64 below softmaxExpMin.
func softmaxExp(x float32) float32 { return Exp(max(x, softmaxExpMin)) }

// Exp returns e^x. NaN gives NaN.
func Exp(x float32) float32 {
	if !(x >= expMin) {
		if x != x {
			return x
		}
		return 0
	}
	if x > expMax {
		return float32(math.Inf(1))
	}
	// Adding and subtracting 1.5 * 2^23 rounds to the nearest whole number.
	const magic = 12582912
	n := float32(x*log2e) + magic
	exponent := int32(math.Float32bits(n)) - int32(math.Float32bits(magic))
	n -= magic
	r := x - float32(n*ln2Hi)
	r -= float32(n * ln2Lo)
	p := float32(r*exp7) + exp6
	p = float32(p*r) + exp5
	p = float32(p*r) + exp4
	p = float32(p*r) + exp3
	p = float32(p*r) + exp2
	p = float32(float32(p*r)*r) + r + 1
	return p * math.Float32frombits(uint32(exponent+127)<<23)
}
