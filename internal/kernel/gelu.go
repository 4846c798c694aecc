package kernel

import "math"

// Constants of GPT-2's GELU (Hendrycks and Gimpel, the tanh form; "gelu_new").
const (
	geluScale = 0.7978845608028654 // sqrt(2 / pi)
	geluCubic = 0.044715
)

// GELU computes
//
//	y[i] = x[i]/2 (1 + tanh u) = x[i] / (1 + exp(-2u)),  u = sqrt(2/pi) (x[i] + 0.044715 x[i]^3)
func GELU(y, x []float32) {
	x = x[:len(y)]
	if active != nil && len(y) > 0 {
		active.gelu(&y[0], &x[0], len(y))
		return
	}
	for i, v := range x {
		y[i] = v * geluGate(v)
	}
}

// geluGate is 1 / (1 + exp(-2u)).
func geluGate(v float32) float32 {
	u := float32(geluScale * v * (1 + float32(geluCubic*float32(v*v))))
	return 1 / (1 + Exp(-2*u))
}

// GELUGradient multiplies by the derivative of GELU. It also computes y = GELU(x)
// again, which adds little time:
//
//	dx[i] = dy[i] (s + x[i] s (1-s) 2 du/dx),  y[i] = x[i] s,  s = 1 / (1 + exp(-2u))
//
// dx and dy may be the same.
func GELUGradient(dx, y, dy, x []float32) {
	y, dy, x = y[:len(dx)], dy[:len(dx)], x[:len(dx)]
	if active != nil && len(dx) > 0 {
		active.geluGradient(&dx[0], &y[0], &dy[0], &x[0], len(dx))
		return
	}
	for i, v := range x {
		s := geluGate(v)
		y[i] = v * s
		slope := geluScale * (1 + float32(3*geluCubic*float32(v*v)))
		// If the square of v overflows, a closed gate (s = 0) stays closed.
		if s == 0 || s == 1 && math.IsInf(float64(slope), 0) {
			dx[i] = dy[i] * s
			continue
		}
		dx[i] = dy[i] * (s + float32(v*s*(1-s)*2*slope))
	}
}
