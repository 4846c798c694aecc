package kernel

import "testing"

func BenchmarkLinear(b *testing.B) {
	const rows, in, out = 512, 128, 384
	x, y, dx, dw := random(1, rows*in), make([]float32, rows*out), make([]float32, rows*in), make([]float32, in*out)
	scratch := make([]float32, WeightScratch(out))
	var m Matrix
	m.Pack(random(2, in*out), in, out)
	for name, call := range map[string]func(){
		"forward": func() { Linear(y, x, &m, nil, rows) },
		"input":   func() { LinearInput(dx, y, &m, rows) },
		"weight":  func() { LinearWeight(dw, x, y, scratch, rows, in, out) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				call()
			}
			b.ReportMetric(2*rows*in*out*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkAttention(b *testing.B) {
	const T, heads, size = 512, 8, 16
	E := heads * size
	qkv, out, logsum, scratch := random(1, T*3*E), make([]float32, T*E), make([]float32, T*heads), make([]float32, AttentionScratch(T, size))
	dqkv := make([]float32, T*3*E)
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			Attention(out, logsum, qkv, scratch, T, heads, size)
		}
	})
	b.Run("backward", func(b *testing.B) {
		for b.Loop() {
			AttentionGradient(dqkv, out, qkv, out, logsum, scratch, T, heads, size)
		}
	})
}
