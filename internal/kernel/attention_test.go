package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// attend is the definition, in float64; it returns out [T, heads size].
func attend(qkv []float64, T, heads, size int) []float64 {
	E := heads * size
	out := make([]float64, T*E)
	for h := range heads {
		for t := range T {
			s := make([]float64, t+1)
			sum := 0.0
			for j := range s {
				for i := range size {
					s[j] += qkv[t*3*E+h*size+i] * qkv[j*3*E+E+h*size+i]
				}
				s[j] = math.Exp(s[j] / math.Sqrt(float64(size)))
				sum += s[j]
			}
			for j := range s {
				for i := range size {
					out[t*E+h*size+i] += s[j] / sum * qkv[j*3*E+2*E+h*size+i]
				}
			}
		}
	}
	return out
}

func TestAttention(t *testing.T) {
	for _, s := range []struct{ T, heads, size int }{{1, 1, 1}, {5, 2, 3}, {17, 3, 8}, {9, 1, 16}, {6, 4, 5}, {29, 1, 16}, {26, 2, 24}, {14, 1, 40}, {40, 1, 2}} {
		t.Run(fmt.Sprintf("T%d-heads%d-size%d", s.T, s.heads, s.size), func(t *testing.T) {
			E := s.heads * s.size
			qkv, dout := random(1, s.T*3*E), random(2, s.T*E)
			qkv64 := make([]float64, len(qkv))
			for i, v := range qkv {
				qkv64[i] = float64(v)
			}
			want := attend(qkv64, s.T, s.heads, s.size)
			gradient := differences(qkv64, dout, s.T, s.heads, s.size)
			eachTier(t, func(t *testing.T) {
				out, check := output(t, s.T*E)
				stats, scratch := make([]float32, 2*s.T*s.heads), make([]float32, AttentionScratch(s.T, s.size))
				Attention(out, stats, qkv, scratch, s.T, s.heads, s.size)
				check()
				near(t, "out", out, want, 1e-5)

				dqkv, check := output(t, len(qkv))
				AttentionGradient(dqkv, dout, qkv, stats, scratch, s.T, s.heads, s.size)
				check()
				near(t, "dqkv", dqkv, gradient, 1e-4)
			})
		})
	}
}

// Where a query sees one key alone, as models learn to, the weights of the others and what
// they are multiplied with stay normal numbers: subnormal ones take many processors a hundred
// cycles each.
func TestSharpAttentionIsNormal(t *testing.T) {
	const T, heads, size = 70, 1, 16
	qkv, dout := random(1, T*3*heads*size), random(2, T*heads*size)
	for i := range qkv {
		if i%(3*size) < 2*size {
			qkv[i] *= 20
		}
	}
	for i := range dout {
		dout[i] *= 1e-5
	}
	eachTier(t, func(t *testing.T) {
		out, dqkv := make([]float32, len(dout)), make([]float32, len(qkv))
		stats, scratch := make([]float32, 2*T*heads), make([]float32, AttentionScratch(T, size))
		normal := func(of string, x []float32) {
			for _, v := range x {
				if v != 0 && math.Abs(float64(v)) < 0x1p-126 {
					t.Fatalf("%s has the subnormal number %v", of, v)
				}
			}
		}
		Attention(out, stats, qkv, scratch, T, heads, size)
		normal("attention's scratch", scratch)
		normal("its output", out)
		AttentionGradient(dqkv, dout, qkv, stats, scratch, T, heads, size)
		normal("its gradient's scratch", scratch)
		normal("its gradient", dqkv)
	})
}

// The same for the losses, whose gradients begin with these exponentials.
func TestSoftmaxOfAFarLogitIsNormal(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		x := make([]float32, 37)
		for i := range x {
			x[i] = -3 * float32(i)
		}
		logits := slices.Clone(x)
		p := slices.Clone(x)
		if sum, total := expSum(p, 1, 0), expTotal(logits, 0); sum != total {
			t.Errorf("sums are %v and %v", sum, total)
		}
		cappedGradient(logits, 0, 1/float32(1000), 1e-6)
		for i := range x {
			want := max(math.Exp(float64(x[i])), 0x1p-64)
			if math.Abs(float64(p[i])-want) > 1e-5*want {
				t.Errorf("exp(%v) = %v, want %v", x[i], p[i], want)
			}
			if math.Abs(float64(logits[i])-1e-6*want) > 0.02*1e-6*want { // the cap takes up to 0.012
				t.Errorf("gradient %v at %v, want about %v", logits[i], x[i], 1e-6*want)
			}
		}
	})
}

// differences is the gradient of sum(out dout) by central differences. Heads do
// not see each other, so each is measured alone.
func differences(qkv []float64, dout []float32, T, heads, size int) []float64 {
	E := heads * size
	gradient := make([]float64, len(qkv))
	for h := range heads {
		one := make([]float64, 0, T*3*size)
		for row := range 3 * T { // q, k and v of each position
			one = append(one, qkv[row*E+h*size:][:size]...)
		}
		loss := func() (sum float64) {
			for i, v := range attend(one, T, 1, size) {
				sum += v * float64(dout[i/size*E+h*size+i%size])
			}
			return sum
		}
		for i, old := range one {
			one[i] = old + 1e-5
			up := loss()
			one[i] = old - 1e-5
			gradient[i/size*E+h*size+i%size] = (up - loss()) / 2e-5
			one[i] = old
		}
	}
	return gradient
}

// Large scores must not overflow.
func TestAttentionIsStable(t *testing.T) { eachTier(t, checkAttentionIsStable) }

func checkAttentionIsStable(t *testing.T) {
	const T, size = 4, 4
	qkv := random(1, T*3*size)
	for i := range qkv {
		qkv[i] *= 100
	}
	out, stats, scratch := make([]float32, T*size), make([]float32, 2*T), make([]float32, AttentionScratch(T, size))
	Attention(out, stats, qkv, scratch, T, 1, size)
	for i, v := range out {
		if v != v || math.IsInf(float64(v), 0) {
			t.Fatalf("out[%d] = %v", i, v)
		}
	}
}
