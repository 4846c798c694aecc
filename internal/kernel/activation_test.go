package kernel

import (
	"math"
	"slices"
	"testing"
)

// slopes are the derivatives of sum_i weight[i] f(x)[i] by every x, numerically.
func slopes(f func(x []float64) []float64, x []float64, weight []float32) []float64 {
	x = slices.Clone(x)
	out := make([]float64, len(x))
	for k, old := range x {
		const h = 1e-5
		for _, sign := range []float64{1, -1} {
			x[k] = old + sign*h
			for i, y := range f(x) {
				out[k] += sign * float64(weight[i]) * y / (2 * h)
			}
		}
		x[k] = old
	}
	return out
}

func TestRMSNorm(t *testing.T) { eachTier(t, checkRMSNorm) }

func checkRMSNorm(t *testing.T) {
	const epsilon = 1e-2
	for _, s := range []struct{ rows, n int }{{1, 1}, {3, 24}, {10, 37}, {2, 128}} {
		for _, gained := range []bool{true, false} {
			x, dy := random(1, s.rows*s.n), random(2, s.rows*s.n)
			var gain []float32
			if gained {
				gain = random(3, s.n)
			}
			norm := func(x []float64) []float64 {
				squares := 0.0
				for _, v := range x {
					squares += v * v
				}
				y := make([]float64, len(x))
				for i, v := range x {
					y[i] = v / math.Sqrt(squares/float64(len(x))+epsilon)
					if gained {
						y[i] *= float64(gain[i])
					}
				}
				return y
			}
			var y64, dx64 []float64
			dgain64 := make([]float64, s.n)
			for r := range s.rows {
				row, d := float64s(x[r*s.n:(r+1)*s.n]), dy[r*s.n:(r+1)*s.n]
				y64 = append(y64, norm(row)...)
				dx64 = append(dx64, slopes(norm, row, d)...)
				for i := range gain {
					dgain64[i] += float64(d[i]) * y64[r*s.n+i] / float64(gain[i])
				}
			}
			y, checkY := output(t, len(x))
			rstd, checkRstd := output(t, s.rows)
			RMSNorm(y, rstd, x, gain, s.rows, s.n, epsilon)
			checkY()
			checkRstd()
			near(t, "y", y, y64, 1e-5)
			dx, checkX := output(t, len(x))
			dgain, checkGain := output(t, s.n)
			RMSNormGradient(dx, dgain, dy, x, rstd, gain, s.rows, s.n)
			RMSNormGradient(dx, dgain, dy, x, rstd, gain, s.rows, s.n) // adds
			checkX()
			checkGain()
			for i := range dx64 {
				dx64[i] *= 2
			}
			for i := range dgain64 {
				dgain64[i] *= 2
			}
			near(t, "dx", dx, dx64, 1e-4)
			near(t, "dgain", dgain, dgain64, 1e-4)
			inPlace := slices.Clone(x)
			RMSNorm(inPlace, rstd, inPlace, gain, s.rows, s.n, epsilon)
			sameBits(t, "in place", inPlace, y[:len(x)])
		}
	}
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if math.Float32bits(got[i]) != math.Float32bits(w) {
			t.Fatalf("%s: element %d is %v, not %v", what, i, got[i], w)
		}
	}
}

func TestReLU2(t *testing.T) { eachTier(t, checkReLU2) }

func checkReLU2(t *testing.T) {
	x := append(random(1, 50), 0, 3, -3, 1e15, -1e15)
	y64, dx64 := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		if v > 0 {
			y64[i], dx64[i] = float64(v)*float64(v), -1.5*2*float64(v)
		}
	}
	y, check := output(t, len(x))
	ReLU2(y[:len(x)], x)
	check()
	near(t, "y", y, y64, 1e-6)
	dx := make([]float32, len(x))
	for i := range dx {
		dx[i] = -1.5
	}
	again := make([]float32, len(x))
	ReLU2Gradient(dx, again, dx, x)
	near(t, "dx", dx, dx64, 1e-6)
	sameBits(t, "y again", again, y[:len(x)])
}

func TestSwiGLU(t *testing.T) { eachTier(t, checkSwiGLU) }

func checkSwiGLU(t *testing.T) {
	gate := append(random(1, 60), 0, 20, -20, 100, -100, 1e30, -1e30)
	up, dy := random(2, len(gate)), random(3, len(gate))
	silu := func(x []float64) []float64 { return []float64{x[1] * x[0] / (1 + math.Exp(-x[0]))} }
	var y64, dgate64, dup64 []float64
	for i := range gate {
		at := []float64{float64(gate[i]), float64(up[i])}
		y64 = append(y64, silu(at)...)
		slope := slopes(silu, at, dy[i:])
		if gate[i] > 90 {
			slope[0] = float64(up[i]) * float64(dy[i])
		}
		dgate64, dup64 = append(dgate64, slope[0]), append(dup64, slope[1])
	}
	n := len(gate)
	y, check := output(t, n)
	SwiGLU(y[:n], gate, up)
	check()
	near(t, "y", y, y64, 2e-6)
	for _, alias := range []string{"", "dgate", "dup"} {
		d := slices.Clone(dy)
		dgate, dup, again := make([]float32, n), make([]float32, n), make([]float32, n)
		switch alias {
		case "dgate":
			dgate = d
		case "dup":
			dup = d
		}
		SwiGLUGradient(dgate, dup, again, d, gate, up)
		near(t, "dgate", dgate, dgate64, 1e-5)
		near(t, "dup", dup, dup64, 1e-5)
		sameBits(t, "y again", again, y[:n])
	}
}

func TestSoftCap(t *testing.T) { eachTier(t, checkSoftCap) }

// The error is relative: small logits keep their digits.
func checkSoftCap(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, limit := range []float32{15, 0.5, 30} {
		x := append(random(1, 60), 0, 1e-20, -1e-20, 1e-4, -3e-3, 100, -100, 1e30, inf, -inf)
		for i := range 60 {
			x[i] *= limit * float32(i) / 20
		}
		n := len(x)
		y, check := output(t, n)
		SoftCap(y[:n], x, limit)
		check()
		for i, v := range x {
			want := float64(limit) * math.Tanh(float64(v)/float64(limit))
			if got := float64(y[i]); !(math.Abs(got-want) <= 6e-7*math.Abs(want)) || math.Abs(got) > float64(limit) {
				t.Errorf("%v capped at %v is %v, want %v", v, limit, got, want)
			}
		}
	}
}

func TestCappedCrossEntropy(t *testing.T) { eachTier(t, checkCappedCrossEntropy) }

func checkCappedCrossEntropy(t *testing.T) {
	const rows, n, factor = 9, 27, 0.25
	for _, limit := range []float32{15, 2, 60} {
		logits, target := random(1, rows*n), make([]uint16, rows)
		for i := range 2 * n { // two rows that the cap bounds
			logits[i] = logits[i]*float32(limit) + float32(limit)/2
		}
		var loss64, grad64, capped64 []float64
		for r := range rows {
			target[r] = uint16(r * 3)
			capped := func(x []float64) []float64 {
				var y []float64
				for _, v := range x {
					y = append(y, float64(limit)*math.Tanh(v/float64(limit)))
				}
				return y
			}
			loss := func(x []float64) []float64 {
				y, sum := capped(x), 0.0
				for _, v := range y {
					sum += math.Exp(v)
				}
				return []float64{math.Log(sum) - y[target[r]]}
			}
			row := float64s(logits[r*n : (r+1)*n])
			loss64 = append(loss64, loss(row)...)
			capped64 = append(capped64, capped(row)...)
			grad64 = append(grad64, slopes(loss, row, []float32{factor})...)
		}
		got, checkLogits := output(t, rows*n)
		copy(got, logits)
		loss, checkLoss := output(t, rows)
		CappedCrossEntropy(loss, got, target, limit, rows, n)
		checkLoss()
		checkLogits()
		near(t, "loss", loss, loss64, 2e-6)
		near(t, "capped logits", got, capped64, 1e-6)
		plain := make([]float32, rows*n)
		SoftCap(plain, logits, limit) // as decoding does
		sameBits(t, "capped logits", got, plain)
		CappedCrossEntropyGradient(got, loss, target, limit, factor, rows, n)
		checkLogits()
		near(t, "gradient", got, grad64, 2e-6)
	}
}

// NaN must stay visible.
func TestActivationsKeepNaN(t *testing.T) { eachTier(t, checkActivationsKeepNaN) }

func checkActivationsKeepNaN(t *testing.T) {
	for _, n := range []int{1, 8, 16, 23, 40} {
		one := func() []float32 {
			x := make([]float32, n)
			x[n-1] = float32(math.NaN())
			return x
		}
		zeros, other, third := make([]float32, n), make([]float32, n), make([]float32, n)
		var loss [1]float32
		for name, y := range map[string]func(y []float32){
			"ReLU2":          func(y []float32) { ReLU2(y, one()) },
			"ReLU2Gradient":  func(y []float32) { ReLU2Gradient(other, y, zeros, one()) },
			"SwiGLU":         func(y []float32) { SwiGLU(y, one(), zeros) },
			"SwiGLU, up":     func(y []float32) { SwiGLU(y, zeros, one()) },
			"SwiGLUGradient": func(y []float32) { SwiGLUGradient(y, other, third, zeros, one(), zeros) },
			"SoftCap":        func(y []float32) { SoftCap(y, one(), 15) },
			"RMSNorm":        func(y []float32) { RMSNorm(y, other, one(), nil, 1, n, 1e-6) },
			"loss": func(y []float32) {
				CappedCrossEntropy(loss[:], one(), []uint16{0}, 15, 1, n)
				y[n-1] = loss[0]
			},
		} {
			out := make([]float32, n)
			y(out)
			if out[n-1] == out[n-1] {
				t.Errorf("%s of %d values with NaN gives %v", name, n, out[n-1])
			}
		}
	}
}

// A value's result does not depend on the values beside it: one token is decoded as in a
// batch.
func TestActivationsAreIndependent(t *testing.T) { eachTier(t, checkActivationsAreIndependent) }

func checkActivationsAreIndependent(t *testing.T) {
	const n = 77
	a, b, c := random(1, n), random(2, n), random(3, n)
	scratch := make([]float32, 2*n)
	for name, f := range map[string]func(y []float32, from, to int){
		"ReLU2":         func(y []float32, i, j int) { ReLU2(y[i:j], a[i:j]) },
		"ReLU2Gradient": func(y []float32, i, j int) { ReLU2Gradient(y[i:j], scratch, a[i:j], b[i:j]) },
		"SwiGLU":        func(y []float32, i, j int) { SwiGLU(y[i:j], a[i:j], b[i:j]) },
		"SwiGLUGradient": func(y []float32, i, j int) {
			SwiGLUGradient(y[i:j], scratch[:n], scratch[n:], a[i:j], b[i:j], c[i:j])
		},
		"SoftCap": func(y []float32, i, j int) { SoftCap(y[i:j], a[i:j], 3) },
	} {
		whole, parts := make([]float32, n), make([]float32, n)
		f(whole, 0, n)
		for i := 0; i < n; i += 7 {
			f(parts, i, min(i+7, n))
		}
		sameBits(t, name, parts, whole)
	}
}

// A slice that is too short panics before assembly writes behind it.
func TestShortSlicesPanic(t *testing.T) { eachTier(t, checkShortSlicesPanic) }

func checkShortSlicesPanic(t *testing.T) {
	const n, heads, size = 24, 2, 12
	target := []uint16{3}
	for name, k := range map[string]struct {
		lengths []int
		call    func(a [][]float32)
	}{
		"RMSNorm":         {[]int{n, 1, n, n}, func(a [][]float32) { RMSNorm(a[0], a[1], a[2], a[3], 1, n, 1e-6) }},
		"RMSNormGradient": {[]int{n, n, n, n, 1, n}, func(a [][]float32) { RMSNormGradient(a[0], a[1], a[2], a[3], a[4], a[5], 1, n) }},
		"ReLU2":           {[]int{-1, n}, func(a [][]float32) { ReLU2(a[0], a[1]) }},
		"ReLU2Gradient":   {[]int{-1, n, n, n}, func(a [][]float32) { ReLU2Gradient(a[0], a[1], a[2], a[3]) }},
		"SwiGLU":          {[]int{-1, n, n}, func(a [][]float32) { SwiGLU(a[0], a[1], a[2]) }},
		"SwiGLUGradient":  {[]int{-1, n, n, n, n, n}, func(a [][]float32) { SwiGLUGradient(a[0], a[1], a[2], a[3], a[4], a[5]) }},
		"SoftCap":         {[]int{-1, n}, func(a [][]float32) { SoftCap(a[0], a[1], 15) }},
		"Rotate":          {[]int{n, size / 2, size / 2}, func(a [][]float32) { Rotate(a[0], a[1], a[2], heads, size, 1) }},
		"RotateNorm":      {[]int{n, heads, size / 2, size / 2}, func(a [][]float32) { RotateNorm(a[0], a[1], a[2], a[3], heads, size, 1e-6, 1) }},
		"RotateNormGradient": {[]int{n, n, heads, size / 2, size / 2}, func(a [][]float32) {
			RotateNormGradient(a[0], a[1], a[2], a[3], a[4], heads, size, 1)
		}},
		"CappedCrossEntropy":         {[]int{1, n}, func(a [][]float32) { CappedCrossEntropy(a[0], a[1], target, 15, 1, n) }},
		"CappedCrossEntropyGradient": {[]int{n, 1}, func(a [][]float32) { CappedCrossEntropyGradient(a[0], a[1], target, 15, 1, 1, n) }},
	} {
		for short := range k.lengths {
			if k.lengths[short] < 0 {
				continue // its length is that of the others
			}
			var all [][]float32
			for i, length := range k.lengths {
				if length < 0 {
					length = n
				}
				if i == short {
					length--
				}
				all = append(all, make([]float32, length))
			}
			if message := recovered(func() { k.call(all) }); message == nil {
				t.Errorf("%s: argument %d may be too short", name, short)
			}
		}
	}
}

// recovered is what f panics with.
func recovered(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}
