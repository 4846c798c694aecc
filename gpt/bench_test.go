package gpt

import (
	"slices"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
)

// BenchmarkPlaces measures what an operator costs at its places: the time of a forward
// and backward pass of one sequence at the paper's size, divided by that of the plain
// model beside it. Passes take turns, so that both see the same machine.
func BenchmarkPlaces(b *testing.B) {
	c := Config{Vocabulary: 27, Model: config.Model{
		Layers: 10, Width: 128, Heads: 8, Hidden: 512, Context: 512, Position: "rope", Norm: "pre", Mixer: "none",
	}}
	ids := tokens(c.Context+1, c.Vocabulary)
	pass := func(spec string) func() time.Duration {
		c.Mixer = spec
		m, err := New(c)
		if err != nil {
			b.Fatal(err)
		}
		m.Init(1)
		w, grad := m.NewWorkspace(), make([]float32, len(m.Params))
		return func() time.Duration {
			start := time.Now()
			w.Forward(ids[:c.Context], nil)
			w.Loss(ids[1:])
			w.Backward(grad, ids[1:], 1)
			return time.Since(start)
		}
	}
	specs := []string{"none"}
	for _, operator := range []string{"haar", "shift", "past", "dyadic"} {
		for _, at := range []string{"block", "input", "attention", "mlp", "kv", "qkv", "embedding"} {
			specs = append(specs, operator+":at="+at)
		}
	}
	plain := pass("none")
	for _, spec := range specs {
		b.Run(spec, func(b *testing.B) {
			placed := pass(spec)
			var with, without []time.Duration
			for b.Loop() {
				without = append(without, plain())
				with = append(with, placed())
			}
			b.ReportMetric(100*(float64(fastest(with))/float64(fastest(without))-1), "%more")
		})
	}
}

// fastest is the mean of the fastest quarter of times.
func fastest(times []time.Duration) time.Duration {
	slices.Sort(times)
	times = times[:(len(times)+3)/4]
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return sum / time.Duration(len(times))
}
