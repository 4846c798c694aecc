package kernel

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// oneDimensional are the kernels over n values: every tier must give what the
// portable loops give, wherever the slices begin and end.
var oneDimensional = []struct {
	name    string
	arrays  int // the first is written; which others are, the call knows
	atLeast int
	call    func(a [][]float32) float64
}{
	{"Add", 2, 0, func(a [][]float32) float64 { Add(a[0], a[1]); return 0 }},
	{"Sum", 3, 0, func(a [][]float32) float64 { Sum(a[0], a[1], a[2]); return 0 }},
	{"SumOfSquares", 1, 0, func(a [][]float32) float64 { return SumOfSquares(a[0]) }},
	{"GELU", 2, 0, func(a [][]float32) float64 { GELU(a[0], a[1]); return 0 }},
	{"GELUGradient", 4, 0, func(a [][]float32) float64 { GELUGradient(a[0], a[1], a[2], a[3]); return 0 }},
	{"AdamW", 4, 0, func(a [][]float32) float64 {
		GELU(a[2], a[2]) // second moments are not negative
		for i, v := range a[2] {
			a[2][i] = v * v
		}
		AdamW(a[0], a[1], a[2], a[3], AdamWStep{0.9, 0.95, 1e-8, 0.01, 1.5, 0.001, 0.7})
		return 0
	}},
	{"maximum", 1, 1, func(a [][]float32) float64 { return float64(maximum(a[0])) }},
	{"expSum", 1, 0, func(a [][]float32) float64 { return float64(expSum(a[0], 0.25, 0.5)) }},
	{"scale", 1, 0, func(a [][]float32) float64 { scale(a[0], 1.5); return 0 }},
	{"LayerNorm", 4, 1, func(a [][]float32) float64 {
		var mean, rstd [1]float32
		LayerNorm(a[0], mean[:], rstd[:], a[1], a[2], a[3], 1, len(a[0]))
		return float64(mean[0] + rstd[0])
	}},
	{"LayerNormGradient", 6, 1, func(a [][]float32) float64 {
		LayerNormGradient(a[0], a[1], a[2], a[3], a[4], []float32{0.1}, []float32{1.3}, a[5], 1, len(a[0]))
		return 0
	}},
	{"CrossEntropy", 2, 1, func(a [][]float32) float64 {
		CrossEntropy(a[1], a[0], []uint16{uint16(len(a[0]) / 2)}, 1, len(a[0]))
		return 0
	}},
	{"RMSNorm", 3, 1, func(a [][]float32) float64 {
		var rstd [2]float32
		RMSNorm(a[0], rstd[:], a[1], a[2], 1, len(a[0]), 1e-6)
		RMSNorm(a[1], rstd[1:], a[1], nil, 1, len(a[0]), 1e-3)
		return float64(rstd[0] + rstd[1])
	}},
	{"RMSNormGradient", 5, 1, func(a [][]float32) float64 {
		RMSNormGradient(a[0], a[1], a[2], a[3], []float32{1.3}, a[4], 1, len(a[0]))
		RMSNormGradient(a[4], nil, a[2], a[3], []float32{0.7}, nil, 1, len(a[0]))
		return 0
	}},
	{"ReLU2", 2, 0, func(a [][]float32) float64 { ReLU2(a[0], a[1]); return 0 }},
	{"ReLU2Gradient", 4, 0, func(a [][]float32) float64 { ReLU2Gradient(a[0], a[1], a[2], a[3]); return 0 }},
	{"SwiGLU", 3, 0, func(a [][]float32) float64 { SwiGLU(a[0], a[1], a[2]); return 0 }},
	{"SwiGLUGradient", 6, 0, func(a [][]float32) float64 {
		SwiGLUGradient(a[0], a[1], a[2], a[3], a[4], a[5])
		return 0
	}},
	{"SoftCap", 2, 0, func(a [][]float32) float64 { SoftCap(a[0], a[1], 1.5); return 0 }},
	{"CappedCrossEntropy", 2, 1, func(a [][]float32) float64 {
		CappedCrossEntropy(a[1], a[0], []uint16{uint16(len(a[0]) / 2)}, 15, 1, len(a[0]))
		return 0
	}},
	{"CappedCrossEntropyGradient", 2, 1, func(a [][]float32) float64 {
		target := []uint16{uint16(len(a[0]) / 3)}
		CappedCrossEntropy(a[1], a[0], target, 15, 1, len(a[0]))
		CappedCrossEntropyGradient(a[0], a[1], target, 15, 0.5, 1, len(a[0]))
		return 0
	}},
	{"AddRows", 2, 0, func(a [][]float32) float64 {
		for n := range min(4, len(a[0])) {
			AddRows(a[0], a[1], len(a[0])/5, n, 5)
			if len(a[0]) > 5 {
				AddRowsDown(a[0][5:], a[0], len(a[0])/5-1, n, 5)
			}
		}
		return 0
	}},
	{"ScaleRows", 3, 0, func(a [][]float32) float64 {
		ScaleRows(a[0], a[1], a[2][:min(3, len(a[2]))], len(a[0])/3, 3)
		return 0
	}},
}

// arrays makes arrays of n values at an offset, with canaries on both sides.
func arrays(count, n, offset int, value func(i int) float32) (whole, parts [][]float32) {
	for k := range count {
		a := make([]float32, offset+n+20)
		for i := range a {
			a[i] = canary
		}
		for i := range n {
			a[offset+i] = value(k*1000 + i)
		}
		whole = append(whole, a)
		parts = append(parts, a[offset:offset+n:offset+n])
	}
	return whole, parts
}

func checkOneDimensional(t *testing.T, n, offset int, value func(i int) float32) {
	t.Helper()
	for _, k := range oneDimensional {
		if n < k.atLeast {
			continue
		}
		run := func(tier string) ([][]float32, float64) {
			restore, err := Use(tier)
			if err != nil {
				t.Fatal(err)
			}
			defer restore()
			whole, parts := arrays(k.arrays, n, offset, value)
			return whole, k.call(parts)
		}
		want, wantResult := run("portable")
		for _, tier := range Tiers() {
			got, result := run(tier)
			if !close32(result, wantResult, float64(n)) {
				t.Errorf("%s of %d values at %d, %s: %v, portable %v", k.name, n, offset, tier, result, wantResult)
			}
			for a := range got {
				for i := range got[a] {
					if !close32(float64(got[a][i]), float64(want[a][i]), float64(n)) {
						t.Fatalf("%s of %d values at %d, %s: array %d element %d is %v, portable %v",
							k.name, n, offset, tier, a, i-offset, got[a][i], want[a][i])
					}
				}
			}
		}
	}
}

// close32 allows for sums of n values in another order.
func close32(a, b, n float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) == math.IsNaN(b)
	}
	return a == b || math.Abs(a-b) <= (1e-5+1e-7*n)*(1+math.Abs(b))
}

func TestEveryLengthAndOffset(t *testing.T) {
	r := rng.New(6, rng.Init, 0)
	for n := range 70 {
		for offset := range 4 {
			checkOneDimensional(t, n, offset, func(i int) float32 { return float32(r.Normal(uint64(i))) })
		}
	}
}

// Values at the edges of float32. A number that is none stays none.
func TestSpecialValues(t *testing.T) {
	inf := float32(math.Inf(1))
	special := []float32{0, float32(math.Copysign(0, -1)), 1e-45, 1e-38, -1e-38, 88, 89, -88, -104, 120, -120}
	for n := range 20 {
		checkOneDimensional(t, n, 1, func(i int) float32 { return special[(i+i/1000)%len(special)] })
	}
	for _, bad := range []float32{float32(math.NaN()), inf, -inf} {
		for _, tier := range Tiers() {
			restore, err := Use(tier)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 8, 16, 23} {
				x, y := make([]float32, n), make([]float32, n)
				x[n-1] = bad
				GELU(y, x)
				nan := bad != bad
				if got := y[n-1] != y[n-1]; got != nan && bad != -inf { // -inf times a gate of zero
					t.Errorf("%s: GELU(%v) = %v", tier, bad, y[n-1])
				}
				if sum := SumOfSquares(x); !math.IsNaN(sum) && !math.IsInf(sum, 1) {
					t.Errorf("%s: the sum of squares with %v is %v", tier, bad, sum)
				}
				if nan {
					if sum := expSum(x, 1, 0); sum == sum {
						t.Errorf("%s: a sum of exponentials with NaN is %v", tier, sum)
					}
				}
			}
			restore()
		}
	}
}

func FuzzOneDimensional(f *testing.F) {
	f.Add(uint8(17), uint8(3), uint64(1))
	f.Add(uint8(255), uint8(0), uint64(2))
	f.Fuzz(func(t *testing.T, n, offset uint8, seed uint64) {
		r := rng.New(seed, rng.Init, 0)
		checkOneDimensional(t, int(n), int(offset%16), func(i int) float32 { return float32(2 * r.Normal(uint64(i))) })
	})
}

// FuzzLinear compares the products of every tier with the portable ones.
func FuzzLinear(f *testing.F) {
	f.Add(uint8(13), uint8(33), uint8(65), uint64(1))
	f.Add(uint8(1), uint8(1), uint8(1), uint64(2))
	f.Fuzz(func(t *testing.T, rows, in, out uint8, seed uint64) {
		R, K, N := int(rows), int(in)+1, int(out)+1
		x, w, bias, dy := random(seed, R*K), random(seed+1, K*N), random(seed+2, N), random(seed+3, R*N)
		var want [][]float32
		for i := len(Tiers()) - 1; i >= 0; i-- { // the portable one first
			restore, err := Use(Tiers()[i])
			if err != nil {
				t.Fatal(err)
			}
			var m Matrix
			m.Pack(w, K, N)
			y, checkY := output(t, R*N)
			dx, checkX := output(t, R*K)
			dw, checkW := output(t, K*N)
			Linear(y, x, &m, bias, R)
			LinearInput(dx, dy, &m, R)
			LinearWeight(dw, x, dy, make([]float32, WeightScratch(K, N)), R, K, N)
			checkY()
			checkX()
			checkW()
			got := [][]float32{y, dx, dw}
			if want == nil {
				want = got
			}
			for a := range got {
				for j := range got[a] {
					if !close32(float64(got[a][j]), float64(want[a][j]), 20+float64(R+K+N)) {
						t.Fatalf("%s, %s: element %d is %v, portable %v", Tiers()[i], []string{"y", "dx", "dw"}[a], j, got[a][j], want[a][j])
					}
				}
			}
			restore()
		}
	})
}

func FuzzAttention(f *testing.F) {
	f.Add(uint8(30), uint8(2), uint8(15), uint64(1))
	for _, size := range []uint8{16, 32, 64, 128} {
		f.Add(uint8(69), uint8(1), size-1, uint64(2))
	}
	f.Fuzz(func(t *testing.T, length, heads, size uint8, seed uint64) {
		T, H, S := int(length%80)+1, int(heads%3)+1, int(size%130)+1
		E := H * S
		qkv, dout := random(seed, T*3*E), random(seed+1, T*E)
		var want [][]float32
		for i := len(Tiers()) - 1; i >= 0; i-- {
			restore, err := Use(Tiers()[i])
			if err != nil {
				t.Fatal(err)
			}
			out, checkOut := output(t, T*E)
			dqkv, checkGradient := output(t, T*3*E)
			stats, scratch := make([]float32, 2*T*H), make([]float32, AttentionScratch(T, S))
			Attention(out, stats, qkv, scratch, T, H, S)
			AttentionGradient(dqkv, dout, qkv, stats, scratch, T, H, S)
			checkOut()
			checkGradient()
			got := [][]float32{out, dqkv, stats}
			if want == nil {
				want = got
			}
			for a := range got {
				for j := range got[a] {
					if !close32(float64(got[a][j]), float64(want[a][j]), 100) {
						t.Fatalf("%s, T %d, heads %d, size %d, %s: element %d is %v, portable %v", Tiers()[i], T, H, S,
							[]string{"out", "dqkv", "stats"}[a], j, got[a][j], want[a][j])
					}
				}
			}
			restore()
		}
	})
}

func TestUse(t *testing.T) {
	before := Tier()
	restore, err := Use("portable")
	if err != nil || Tier() != "portable" {
		t.Fatalf("tier %s, error %v", Tier(), err)
	}
	restore()
	if Tier() != before {
		t.Errorf("tier %s after restore, want %s", Tier(), before)
	}
	if _, err := Use("sse9"); err == nil {
		t.Error("a tier that does not exist is taken")
	}
}

// The tier follows from what the processor has: switched off, an instruction
// set is not taken. GODEBUG is read when a process starts.
func TestTierFollowsTheProcessor(t *testing.T) {
	if os.Getenv("TELL_TIER") != "" {
		fmt.Printf("tier=%s\n", Tier())
		return
	}
	for _, test := range []struct{ off, want string }{
		{"cpu.avx512f=off", "avx2"},
		{"cpu.avx512f=off,cpu.avx2=off", "portable"},
		{"cpu.avx512f=off,cpu.fma=off", "portable"},
	} {
		want := test.want
		if !slices.Contains(Tiers(), want) {
			want = "portable" // this processor has less from the start
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestTierFollowsTheProcessor$")
		cmd.Env = append(os.Environ(), "TELL_TIER=1", "GODEBUG="+test.off, Variable+"=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", test.off, err, out)
		}
		if !strings.Contains(string(out), "tier="+want+"\n") {
			t.Errorf("%s: %s, want %s", test.off, out, want)
		}
	}
}
