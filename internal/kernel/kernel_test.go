package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Every kernel is compared with its doc comment, written out in float64.

// eachTier runs a test with every set of kernels that the processor has.
func eachTier(t *testing.T, test func(t *testing.T)) {
	for _, name := range Tiers() {
		t.Run(name, func(t *testing.T) {
			restore, err := Use(name)
			if err != nil {
				t.Fatal(err)
			}
			defer restore()
			test(t)
		})
	}
}

// canary stands behind every output: a kernel that writes too far changes it.
const canary = 12345

func random(seed uint64, n int) []float32 {
	r := rng.New(seed, rng.Init, 0)
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.Normal(uint64(i)))
	}
	return x
}

// output returns n values with canaries behind, and a function that checks
// them.
func output(t *testing.T, n int) ([]float32, func()) {
	x := make([]float32, n+8)
	for i := range x[n:] {
		x[n+i] = canary
	}
	return x, func() {
		t.Helper()
		for i, v := range x[n:] {
			if v != canary {
				t.Fatalf("element %d behind an output of %d was written", i, n)
			}
		}
	}
}

func near(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v", name, i, got[i], w)
		}
	}
}

var productShapes = []struct{ rows, in, out int }{
	{1, 1, 1}, {2, 3, 4}, {5, 7, 9}, {33, 16, 27}, {64, 31, 33}, {130, 24, 72}, {257, 5, 2}, {0, 4, 4}, {13, 128, 384}, {11, 40, 100}, {30, 127, 130}, {9, 257, 13},
}

func TestLinear(t *testing.T) { eachTier(t, checkLinear) }

func checkLinear(t *testing.T) {
	for _, s := range productShapes {
		t.Run(fmt.Sprintf("%dx%dx%d", s.rows, s.in, s.out), func(t *testing.T) {
			x, w, bias, dy := random(1, s.rows*s.in), random(2, s.in*s.out), random(3, s.out), random(4, s.rows*s.out)
			y64, dx64 := make([]float64, s.rows*s.out), make([]float64, s.rows*s.in)
			dw64, dbias64 := make([]float64, s.in*s.out), make([]float64, s.out)
			for r := range s.rows {
				for n := range s.out {
					y64[r*s.out+n] += float64(bias[n])
					dbias64[n] += float64(dy[r*s.out+n])
					for k := range s.in {
						a, b, d := float64(x[r*s.in+k]), float64(w[k*s.out+n]), float64(dy[r*s.out+n])
						y64[r*s.out+n] += a * b
						dx64[r*s.in+k] += d * b
						dw64[k*s.out+n] += a * d
					}
				}
			}
			transposed := make([]float32, len(w))
			for k := range s.in {
				for n := range s.out {
					transposed[n*s.in+k] = w[k*s.out+n]
				}
			}
			var m, mt Matrix
			m.Pack(w, s.in, s.out)
			mt.PackTransposed(transposed, s.in, s.out)
			for _, packed := range []*Matrix{&m, &mt} {
				y, check := output(t, s.rows*s.out)
				Linear(y, x, packed, bias, s.rows)
				check()
				near(t, "y", y, y64, 1e-5)
				dx, check := output(t, s.rows*s.in)
				LinearInput(dx, dy, packed, s.rows)
				check()
				near(t, "dx", dx, dx64, 1e-5)
			}
			dw, check := output(t, s.in*s.out)
			scratch := make([]float32, WeightScratch(s.in, s.out))
			LinearWeight(dw, x, dy, scratch, s.rows, s.in, s.out)
			LinearWeight(dw, x, dy, scratch, s.rows, s.in, s.out) // adds
			check()
			for i := range dw64 {
				dw64[i] *= 2
			}
			near(t, "dw", dw, dw64, 2e-4)
			dbias, check := output(t, s.out)
			LinearBias(dbias, dy, s.rows, s.out)
			check()
			near(t, "dbias", dbias, dbias64, 1e-4)
		})
	}
}

// A row's result does not depend on the rows beside it: decoding one token
// agrees with a batch, and any split of the rows gives the same bits.
func TestLinearRowsAreIndependent(t *testing.T) { eachTier(t, checkLinearRowsAreIndependent) }

func checkLinearRowsAreIndependent(t *testing.T) {
	const rows, in, out = 37, 19, 30
	x := random(1, rows*in)
	var m Matrix
	m.Pack(random(2, in*out), in, out)
	all, one := make([]float32, rows*out), make([]float32, out)
	Linear(all, x, &m, nil, rows)
	for r := range rows {
		Linear(one, x[r*in:], &m, nil, 1)
		for n, v := range one {
			if v != all[r*out+n] {
				t.Fatalf("row %d output %d: alone %v, in a batch %v", r, n, v, all[r*out+n])
			}
		}
	}
}

func TestExp(t *testing.T) {
	for x := float32(-90); x < 90; x += 0.00731 {
		want, got := math.Exp(float64(x)), float64(Exp(x))
		switch {
		case x < expMin && got == 0, x > expMax && math.IsInf(got, 1):
		case math.Abs(got-want) > 2.5e-7*want:
			t.Fatalf("Exp(%v) = %v, want %v", x, got, want)
		}
	}
	inf := float32(math.Inf(1))
	if Exp(inf) != inf || Exp(-inf) != 0 || Exp(0) != 1 || Exp(float32(math.Copysign(0, -1))) != 1 {
		t.Error("wrong at an infinity or at zero")
	}
	if nan := float32(math.NaN()); Exp(nan) == Exp(nan) {
		t.Error("NaN gives a number")
	}
}

func TestGELU(t *testing.T) { eachTier(t, checkGELU) }

func checkGELU(t *testing.T) {
	x := append(random(1, 100), 0, 5, -5, 20, -20, 1e4, -1e4, 1e20, -1e20)
	gelu := func(v float64) float64 {
		return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
	}
	y64, dx64 := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		y64[i] = gelu(float64(v))
		dx64[i] = 3 * (gelu(float64(v)+1e-6) - gelu(float64(v)-1e-6)) / 2e-6
		if math.Abs(float64(v)) > 100 {
			dx64[i] = 3 * max(0, math.Copysign(1, float64(v)))
		}
	}
	y, check := output(t, len(x))
	GELU(y[:len(x)], x)
	check()
	near(t, "y", y, y64, 1e-6)
	dx := make([]float32, len(x))
	for i := range dx {
		dx[i] = 3
	}
	GELUGradient(dx, make([]float32, len(x)), dx, x)
	near(t, "dx", dx, dx64, 1e-5)
}

func TestLayerNorm(t *testing.T) { eachTier(t, checkLayerNorm) }

func checkLayerNorm(t *testing.T) {
	for _, s := range []struct{ rows, n int }{{1, 1}, {3, 24}, {10, 37}} {
		x, gain, bias, dy := random(1, s.rows*s.n), random(2, s.n), random(3, s.n), random(4, s.rows*s.n)
		norm := func(x []float64, r, i int) float64 {
			var mean, variance float64
			for j := range s.n {
				mean += x[r*s.n+j] / float64(s.n)
			}
			for j := range s.n {
				d := x[r*s.n+j] - mean
				variance += d * d / float64(s.n)
			}
			return (x[r*s.n+i]-mean)/math.Sqrt(variance+1e-5)*float64(gain[i]) + float64(bias[i])
		}
		x64 := make([]float64, len(x))
		for i, v := range x {
			x64[i] = float64(v)
		}
		y64, dx64 := make([]float64, len(x)), make([]float64, len(x))
		dgain64, dbias64 := make([]float64, s.n), make([]float64, s.n)
		for r := range s.rows {
			for i := range s.n {
				y64[r*s.n+i] = norm(x64, r, i)
				d := float64(dy[r*s.n+i])
				dgain64[i] += d * (y64[r*s.n+i] - float64(bias[i])) / float64(gain[i])
				dbias64[i] += d
				for j := range s.n {
					at, old := r*s.n+j, x64[r*s.n+j]
					x64[at] = old + 1e-5
					up := norm(x64, r, i)
					x64[at] = old - 1e-5
					dx64[at] += d * (up - norm(x64, r, i)) / 2e-5
					x64[at] = old
				}
			}
		}
		mean, rstd := make([]float32, s.rows), make([]float32, s.rows)
		y, check := output(t, len(x))
		LayerNorm(y, mean, rstd, x, gain, bias, s.rows, s.n)
		check()
		near(t, "y", y, y64, 1e-5)
		dx, check := output(t, len(x))
		dgain, dbias := make([]float32, s.n), make([]float32, s.n)
		LayerNormGradient(dx, dgain, dbias, dy, x, mean, rstd, gain, s.rows, s.n)
		check()
		near(t, "dx", dx, dx64, 1e-4)
		near(t, "dgain", dgain, dgain64, 1e-4)
		near(t, "dbias", dbias, dbias64, 1e-4)
	}
}

func TestCrossEntropy(t *testing.T) { eachTier(t, checkCrossEntropy) }

func checkCrossEntropy(t *testing.T) {
	const rows, n, scale = 9, 27, 0.25
	logits := random(1, rows*n)
	for i := range n { // a row whose exponentials would overflow
		logits[i] = logits[i]*100 + 200
	}
	target := make([]uint16, rows)
	loss64, grad64 := make([]float64, rows), make([]float64, rows*n)
	for r := range rows {
		target[r] = uint16(r * 3)
		top := math.Inf(-1)
		for _, v := range logits[r*n : (r+1)*n] {
			top = max(top, float64(v))
		}
		sum := 0.0
		for _, v := range logits[r*n : (r+1)*n] {
			sum += math.Exp(float64(v) - top)
		}
		loss64[r] = math.Log(sum) + top - float64(logits[r*n+int(target[r])])
		for i := range n {
			grad64[r*n+i] = scale * math.Exp(float64(logits[r*n+i])-top) / sum
		}
		grad64[r*n+int(target[r])] -= scale
	}
	loss, check := output(t, rows)
	CrossEntropy(loss, logits, target, rows, n)
	check()
	near(t, "loss", loss, loss64, 1e-6)
	CrossEntropyGradient(logits, target, scale, rows, n)
	near(t, "gradient", logits, grad64, 1e-5)
}

func TestAdamWFirstStepMovesByTheRate(t *testing.T) { eachTier(t, checkAdamWFirstStepMovesByTheRate) }

func checkAdamWFirstStepMovesByTheRate(t *testing.T) {
	// At t = 1 the bias corrections cancel the betas: m/(1-b1) = g and
	// v/(1-b2) = g^2, so every weight moves by lr against its gradient.
	const lr, b1, b2 = 0.01, 0.9, 0.95
	p, g := []float32{1, -2, 3}, []float32{0.5, -0.001, 40}
	m, v := make([]float32, 3), make([]float32, 3)
	AdamW(p, m, v, g, AdamWStep{
		Beta1: b1, Beta2: b2, Epsilon: 1e-8, Scale: 2,
		Rate: lr / (1 - b1), Root: float32(1 / math.Sqrt(1-b2)), Decay: lr * 0.1,
	})
	near(t, "p", p, []float64{1*0.999 - lr, -2*0.999 + lr, 3*0.999 - lr}, 1e-5)
	near(t, "m", m, []float64{0.1, -0.0002, 8}, 1e-5)
	near(t, "v", v, []float64{0.05, 0.05 * 4e-6, 0.05 * 6400}, 1e-5)
}

func TestProductsAllocateNothing(t *testing.T) {
	const T, heads, size, in, out = 40, 2, 8, 16, 24
	var m Matrix
	m.Pack(random(1, in*out), in, out)
	x, y, dw := random(2, T*in), make([]float32, T*out), make([]float32, in*out)
	scratch := make([]float32, max(WeightScratch(in, out), AttentionScratch(T, size), CacheScratch(T)))
	qkv, att, stats := random(3, T*3*heads*size), make([]float32, T*heads*size), make([]float32, heads*2*T)
	cache := NewCache(heads, size)
	for range T {
		cache.Append(qkv[:2*heads*size])
	}
	allocations := testing.AllocsPerRun(5, func() {
		Linear(y, x, &m, nil, T)
		LinearWeight(dw, x, y, scratch, T, in, out)
		Attention(att, stats, qkv, scratch, T, heads, size)
		cache.Attend(att, qkv, scratch)
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
