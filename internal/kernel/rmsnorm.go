package kernel

import "math"

// RMSNorm computes, for every row of x [rows, n],
//
//	rstd[r] = 1 / sqrt(sum_i x[r,i]^2 / n + epsilon)
//	y[r,i]  = x[r,i] rstd[r] gain[i]
//
// (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019). A nil gain is one.
// y and x may be the same.
func RMSNorm(y, rstd, x, gain []float32, rows, n int, epsilon float32) {
	if gain != nil {
		gain = gain[:n]
	}
	for r := range rows {
		in, out := x[r*n:(r+1)*n], y[r*n:(r+1)*n]
		if active != nil {
			active.rmsNorm(&out[0], &rstd[r], &in[0], begin(gain), n, 1/float32(n), epsilon)
			continue
		}
		var squares float32
		for _, v := range in {
			squares += float32(v * v)
		}
		s := inverseRoot(squares, n, epsilon)
		rstd[r] = s
		for i, v := range in {
			out[i] = v * s
			if gain != nil {
				out[i] *= gain[i]
			}
		}
	}
}

// begin points to the first element of x; it is nil if x is.
func begin(x []float32) *float32 {
	if x == nil {
		return nil
	}
	return &x[0]
}

// inverseRoot is 1 over the root of the mean of n squares plus epsilon.
func inverseRoot(squares float32, n int, epsilon float32) float32 {
	return float32(1 / math.Sqrt(float64(squares/float32(n)+epsilon)))
}

// RMSNormGradient computes, with h[r,i] = x[r,i] rstd[r] and g[r,i] = dy[r,i] gain[i],
//
//	dx[r,i]  += rstd[r] (g[r,i] - h[r,i] sum_j g[r,j] h[r,j] / n)
//	dgain[i] += sum_r dy[r,i] h[r,i]
//
// With a nil gain, that is one and dgain is not used.
func RMSNormGradient(dx, dgain, dy, x, rstd, gain []float32, rows, n int) {
	if gain != nil {
		gain, dgain = gain[:n], dgain[:n]
	}
	for r := range rows {
		in, grad, out := x[r*n:(r+1)*n], dy[r*n:(r+1)*n], dx[r*n:(r+1)*n]
		s := rstd[r]
		if active != nil {
			active.rmsNormGradient(&out[0], begin(dgain), &grad[0], &in[0], begin(gain), n, 1/float32(n), s)
			continue
		}
		var dot float32
		for i, g := range grad {
			h := in[i] * s
			if gain != nil {
				dgain[i] += float32(g * h)
				g *= gain[i]
			}
			dot += float32(g * h)
		}
		dot /= float32(n)
		for i, g := range grad {
			if gain != nil {
				g *= gain[i]
			}
			out[i] += float32(s * (float32(g) - float32(in[i]*s*dot)))
		}
	}
}
