package kernel

import "math"

// normEpsilon is GPT-2's layer_norm_epsilon.
const normEpsilon = 1e-5

// LayerNorm computes, for every row of x [rows, n],
//
//	mean[r] = sum_i x[r,i] / n
//	rstd[r] = 1 / sqrt(sum_i (x[r,i] - mean[r])^2 / n + 1e-5)
//	y[r,i]  = (x[r,i] - mean[r]) rstd[r] gain[i] + bias[i]
func LayerNorm(y, mean, rstd, x, gain, bias []float32, rows, n int) {
	gain, bias = gain[:n], bias[:n]
	for r := range rows {
		in, out := x[r*n:(r+1)*n], y[r*n:(r+1)*n]
		if active != nil {
			active.layerNorm(&out[0], &mean[r], &rstd[r], &in[0], &gain[0], &bias[0], n, 1/float32(n), normEpsilon)
			continue
		}
		var sum float32
		for _, v := range in {
			sum += v
		}
		m := sum / float32(n)
		var squares float32
		for _, v := range in {
			d := v - m
			squares += float32(d * d)
		}
		s := float32(1 / math.Sqrt(float64(squares/float32(n)+normEpsilon)))
		mean[r], rstd[r] = m, s
		for i, v := range in {
			out[i] = float32((v-m)*s*gain[i]) + bias[i]
		}
	}
}

// LayerNormGradient computes, with h[r,i] = (x[r,i] - mean[r]) rstd[r] and
// g[r,i] = dy[r,i] gain[i],
//
//	dx[r,i]  += rstd[r] (g[r,i] - sum_j g[r,j] / n - h[r,i] sum_j g[r,j] h[r,j] / n)
//	dgain[i] += sum_r dy[r,i] h[r,i]
//	dbias[i] += sum_r dy[r,i]
func LayerNormGradient(dx, dgain, dbias, dy, x, mean, rstd, gain []float32, rows, n int) {
	gain, dgain, dbias = gain[:n], dgain[:n], dbias[:n]
	for r := range rows {
		in, grad, out := x[r*n:(r+1)*n], dy[r*n:(r+1)*n], dx[r*n:(r+1)*n]
		m, s := mean[r], rstd[r]
		if active != nil {
			active.layerNormGradient(&out[0], &dgain[0], &dbias[0], &grad[0], &in[0], &gain[0], n, 1/float32(n), m, s)
			continue
		}
		var sum, dot float32
		for i, d := range grad {
			h := (in[i] - m) * s
			g := d * gain[i]
			sum += g
			dot += float32(g * h)
			dgain[i] += float32(d * h)
			dbias[i] += d
		}
		sum /= float32(n)
		dot /= float32(n)
		for i, d := range grad {
			h := (in[i] - m) * s
			out[i] += float32(s * (float32(d*gain[i]) - sum - float32(h*dot)))
		}
	}
}
