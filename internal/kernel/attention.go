package kernel

import "math"

// Attention computes causal attention of one sequence. A row of qkv
// [T, 3 heads size] holds the queries, keys and values of all heads; out is
// [T, heads size], stats [heads, 2, T]. For every head, with q, k, v [T, size],
//
//	s[t,j]     = q[t] . k[j] / sqrt(size)                for j <= t
//	top[t]     = max_j s[t,j]                            stats[0]
//	inverse[t] = 1 / sum_j exp(s[t,j] - top[t])          stats[1]
//	out[t]     = sum_j exp(s[t,j] - top[t]) inverse[t] v[j]
//
// scratch holds AttentionScratch(T, size) values.
func Attention(out, stats, qkv, scratch []float32, T, heads, size int) {
	E := heads * size
	out, stats, qkv = out[:T*E], stats[:heads*2*T], qkv[:T*3*E]
	for h := range heads {
		own := stats[h*2*T:][:2*T]
		if active != nil {
			active.attention(out[h*size:], own, qkv[h*size:], scratch, T, heads, size)
			continue
		}
		k, v := qkv[E+h*size:], qkv[2*E+h*size:]
		for t := range T {
			q := qkv[t*3*E+h*size:][:size]
			own[t], own[T+t] = attendPortable(out[t*E+h*size:][:size], q, k, v, scratch, t+1, 3*E)
		}
	}
}

// attendPortable is Attention for one head, and one query with n keys and values
// whose rows are stride apart.
func attendPortable(out, q, k, v, scratch []float32, n, stride int) (top, inverse float32) {
	size := len(q)
	s := scratch[:n]
	factor := float32(1 / math.Sqrt(float64(size)))
	scores(s, q, k, stride)
	top = factor * maximum(s)
	inverse = 1 / expSum(s, factor, top)
	weightedSum(out[:size], s, v, stride)
	scale(out[:size], inverse)
	return top, inverse
}

// scores computes s[j] = q . k[j].
func scores(s, q, k []float32, stride int) {
	for j := range s {
		s[j] = dot(q, k[j*stride:][:len(q)])
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

// AttentionGradient computes dqkv from dout and the stats of Attention. For every
// head, with p[t,j] = exp(s[t,j] - top[t]) inverse[t] computed again,
//
//	dv[j]   = sum_{t>=j} p[t,j] dout[t]
//	dp[t,j] = dout[t] . v[j]
//	ds[t,j] = p[t,j] (dp[t,j] - sum_i p[t,i] dp[t,i]) / sqrt(size)
//	dq[t]   = sum_{j<=t} ds[t,j] k[j]
//	dk[j]   = sum_{t>=j} ds[t,j] q[t]
//
// scratch holds AttentionScratch(T, size) values.
func AttentionGradient(dqkv, dout, qkv, stats, scratch []float32, T, heads, size int) {
	E := heads * size
	dqkv, dout, qkv, stats = dqkv[:T*3*E], dout[:T*E], qkv[:T*3*E], stats[:heads*2*T]
	if active == nil {
		clear(dqkv)
	}
	for h := range heads {
		head := attentionGradientPortable
		if active != nil {
			head = active.attentionGradient
		}
		head(dqkv[h*size:], dout[h*size:], qkv[h*size:], stats[h*2*T:][:2*T], scratch, T, heads, size)
	}
}

func attentionGradientPortable(dqkv, dout, qkv, stats, scratch []float32, T, heads, size int) {
	E := heads * size
	stride := 3 * E
	factor := float32(1 / math.Sqrt(float64(size)))
	k, v, dk, dv := qkv[E:], qkv[2*E:], dqkv[E:], dqkv[2*E:]
	for t := range T {
		q, dq := qkv[t*stride:][:size], dqkv[t*stride:][:size]
		do := dout[t*E:][:size]
		p, ds := scratch[:t+1], scratch[T:][:t+1]
		scores(p, q, k, stride)
		scores(ds, do, v, stride)
		expSum(p, factor, stats[t])
		scale(p, stats[T+t])
		mean := dot(p, ds)
		for j := range ds {
			ds[j] = p[j] * (ds[j] - mean) * factor
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
