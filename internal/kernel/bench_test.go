package kernel

import (
	"fmt"
	"testing"
)

// The dense layers of the paper's configuration, on one sequence.
func BenchmarkLinear(b *testing.B) {
	const rows = 512
	for _, shape := range []struct{ in, out int }{{128, 384}, {128, 128}, {128, 512}, {512, 128}} {
		in, out := shape.in, shape.out
		x, y, dx, dw := random(1, rows*in), make([]float32, rows*out), make([]float32, rows*in), make([]float32, in*out)
		scratch := make([]float32, WeightScratch(in, out))
		var m Matrix
		m.Pack(random(2, in*out), in, out)
		for _, kernel := range []struct {
			name string
			call func()
		}{
			{"forward", func() { Linear(y, x, &m, nil, rows) }},
			{"input", func() { LinearInput(dx, y, &m, rows) }},
			{"weight", func() { LinearWeight(dw, x, y, scratch, rows, in, out) }},
		} {
			b.Run(fmt.Sprintf("%dx%d/%s", in, out, kernel.name), func(b *testing.B) {
				for b.Loop() {
					kernel.call()
				}
				b.ReportMetric(2*rows*float64(in*out)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

func BenchmarkAttention(b *testing.B) {
	const T, heads, size = 512, 8, 16
	E := heads * size
	qkv, out, stats, scratch := random(1, T*3*E), make([]float32, T*E), make([]float32, 2*T*heads), make([]float32, AttentionScratch(T, size))
	dqkv := make([]float32, T*3*E)
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			Attention(out, stats, qkv, scratch, T, heads, size)
		}
	})
	b.Run("backward", func(b *testing.B) {
		for b.Loop() {
			AttentionGradient(dqkv, out, qkv, stats, scratch, T, heads, size)
		}
	})
	// As trained models have it: a query sees few keys.
	for i := range qkv {
		if i%(3*E) < 2*E {
			qkv[i] *= 20
		}
	}
	b.Run("sharp", func(b *testing.B) {
		for b.Loop() {
			Attention(out, stats, qkv, scratch, T, heads, size)
			AttentionGradient(dqkv, out, qkv, stats, scratch, T, heads, size)
		}
	})
}

// The matrices of a block at the paper's configuration.
func BenchmarkOrthogonalize(b *testing.B) {
	for _, shape := range [][2]int{{128, 128}, {128, 512}, {512, 128}} {
		n, m := max(shape[0], shape[1]), min(shape[0], shape[1])
		x, scratch := random(1, n*m), make([]float32, OrthogonalizeScratch(n, m))
		b.Run(fmt.Sprint(shape), func(b *testing.B) {
			for b.Loop() {
				Orthogonalize(x, scratch, shape[0], shape[1])
			}
			b.ReportMetric(float64(OrthogonalizeFLOPs(n, m))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// The kernels of nanochat and Llama at the paper's configuration, on one sequence, in
// every tier. An MLP has 96 tokens at a time, as in package gpt.
func BenchmarkFamilies(b *testing.B) {
	const T, E, hidden, heads, vocabulary = 512, 128, 96 * 512, 8, 256
	x, y, gain := random(1, T*E), make([]float32, T*E), random(2, E)
	dx, dgain, rstd := make([]float32, T*E), make([]float32, E), make([]float32, T*2*heads)
	h, u, act, dh, du := random(3, hidden), random(4, hidden), make([]float32, hidden), random(5, hidden), make([]float32, hidden)
	dg := make([]float32, hidden)
	logits, capped, loss, target := random(6, T*vocabulary), make([]float32, T*vocabulary), make([]float32, T), make([]uint16, T)
	qk, dqk := random(7, T*2*E), make([]float32, 2*E)
	type kernel struct {
		name string
		call func()
	}
	kernels := []kernel{
		{"rms norm forward", func() { RMSNorm(y, rstd, x, nil, T, E, 1e-6) }},
		{"rms norm forward with gain", func() { RMSNorm(y, rstd, x, gain, T, E, 1e-6) }},
		{"rms norm backward", func() { RMSNormGradient(dx, nil, y, x, rstd, nil, T, E) }},
		{"rms norm backward with gain", func() { RMSNormGradient(dx, dgain, y, x, rstd, gain, T, E) }},
		{"relu2 forward", func() { ReLU2(act, h) }},
		{"relu2 backward", func() { ReLU2Gradient(du, act, dh, h) }},
		{"swiglu forward", func() { SwiGLU(act, h, u) }},
		{"swiglu backward", func() { SwiGLUGradient(dg, du, act, dh, h, u) }},
		{"soft cap", func() { SoftCap(capped, logits, 15) }},
		{"loss forward", func() { copy(capped, logits); CappedCrossEntropy(loss, capped, target, 15, T, vocabulary) }},
		{"loss backward", func() {
			copy(capped, logits)
			CappedCrossEntropyGradient(capped, loss, target, 15, 1, T, vocabulary)
		}},
	}
	for _, size := range []int{8, 16, 32, 64, 128} {
		cos, sin := angles(8, size)
		n := 2 * E / size
		add := func(name string, row func(t int)) {
			kernels = append(kernels, kernel{fmt.Sprintf("%s of %d", name, size), func() {
				for t := range T {
					row(t)
				}
			}})
		}
		add("rotation", func(t int) { Rotate(qk[t*2*E:], cos, sin, n, size, 1) })
		add("rotation with norm", func(t int) { RotateNorm(qk[t*2*E:], rstd, cos, sin, n, size, 1e-6, 1) })
		add("rotation with norm backward", func(t int) {
			copy(dqk, x)
			RotateNormGradient(dqk, qk[t*2*E:], rstd, cos, sin, n, size, 1)
		})
	}
	for _, k := range kernels {
		for _, tier := range Tiers() {
			b.Run(k.name+"/"+tier, func(b *testing.B) {
				restore, err := Use(tier)
				if err != nil {
					b.Fatal(err)
				}
				defer restore()
				for b.Loop() {
					k.call()
				}
			})
		}
	}
}
