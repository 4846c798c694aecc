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
