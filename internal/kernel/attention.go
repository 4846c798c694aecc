package kernel

import "math"

// Attention computes causal attention of one sequence. A row of qkv
// [T, 3 heads size] holds the queries, keys and values of all heads; out is
// [T, heads size], logsum [T, heads]. For every head, with q, k, v [T, size],
//
//	s[t,j]    = q[t] . k[j] / sqrt(size)                for j <= t
//	logsum[t] = log(sum_j exp(s[t,j]))
//	out[t]    = sum_j exp(s[t,j] - logsum[t]) v[j]
//
// scratch holds T values.
func Attention(out, logsum, qkv, scratch []float32, T, heads, size int) {
	E := heads * size
	for h := range heads {
		k, v := qkv[E+h*size:], qkv[2*E+h*size:]
		for t := range T {
			q := qkv[t*3*E+h*size:][:size]
			logsum[t*heads+h] = AttentionRow(out[t*E+h*size:][:size], q, k, v, scratch, t+1, 3*E)
		}
	}
}

// AttentionRow attends from one query to n keys and values, whose rows are
// `stride` apart:
//
//	s[j]   = q . k[j] / sqrt(size),  size = len(q)
//	out    = sum_j exp(s[j] - logsum) v[j]
//
// and returns logsum. scratch holds n values.
func AttentionRow(out, q, k, v, scratch []float32, n, stride int) float32 {
	size := len(q)
	s := scratch[:n]
	scale := float32(1 / math.Sqrt(float64(size)))
	scores(s, q, k, stride, scale)
	top, sum := softmaxSum(s)
	for j, x := range s {
		s[j] = Exp(x-top) / sum
	}
	weightedSum(out[:size], s, v, stride)
	return top + float32(math.Log(float64(sum)))
}

// scores computes s[j] = scale (q . k[j]).
func scores(s, q, k []float32, stride int, scale float32) {
	for j := range s {
		key := k[j*stride:][:len(q)]
		var sum float32
		for i, x := range q {
			sum += float32(x * key[i])
		}
		s[j] = sum * scale
	}
}

// weightedSum computes out = sum_j p[j] v[j].
func weightedSum(out, p, v []float32, stride int) {
	d := 0
	for ; d+4 <= len(out); d += 4 {
		var s0, s1, s2, s3 float32
		at := d
		for _, w := range p {
			x := v[at : at+4 : at+4]
			at += stride
			s0 += float32(w * x[0])
			s1 += float32(w * x[1])
			s2 += float32(w * x[2])
			s3 += float32(w * x[3])
		}
		out[d], out[d+1], out[d+2], out[d+3] = s0, s1, s2, s3
	}
	for ; d < len(out); d++ {
		var s float32
		for j, w := range p {
			s += float32(w * v[j*stride+d])
		}
		out[d] = s
	}
}

// AttentionGradient computes dqkv from dout, with what Attention left. For
// every head, with p[t,j] = exp(s[t,j] - logsum[t]) computed again,
//
//	dv[j]   = sum_{t>=j} p[t,j] dout[t]
//	dp[t,j] = dout[t] . v[j]
//	ds[t,j] = p[t,j] (dp[t,j] - dout[t] . out[t]) / sqrt(size)
//	dq[t]   = sum_{j<=t} ds[t,j] k[j]
//	dk[j]   = sum_{t>=j} ds[t,j] q[t]
//
// scratch holds 2 T values.
func AttentionGradient(dqkv, dout, qkv, out, logsum, scratch []float32, T, heads, size int) {
	E := heads * size
	stride := 3 * E
	clear(dqkv[:T*stride])
	scale := float32(1 / math.Sqrt(float64(size)))
	for h := range heads {
		k, v := qkv[E+h*size:], qkv[2*E+h*size:]
		dk, dv := dqkv[E+h*size:], dqkv[2*E+h*size:]
		for t := range T {
			q, dq := qkv[t*stride+h*size:][:size], dqkv[t*stride+h*size:][:size]
			do, o := dout[t*E+h*size:][:size], out[t*E+h*size:][:size]
			var dot float32
			for i, x := range do {
				dot += float32(x * o[i])
			}
			p, ds := scratch[:t+1], scratch[T:][:t+1]
			scores(p, q, k, stride, scale)
			scores(ds, do, v, stride, 1)
			l := logsum[t*heads+h]
			for j, s := range p {
				p[j] = Exp(s - l)
				ds[j] = p[j] * (ds[j] - dot) * scale
			}
			weightedSum(dq, ds, k, stride)
			for j := range p {
				kj, vj := dk[j*stride:][:size], dv[j*stride:][:size]
				a, b := ds[j], p[j]
				for i, x := range q {
					kj[i] += float32(a * x)
					vj[i] += float32(b * do[i])
				}
			}
		}
	}
}
