package gpt

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
)

// BenchmarkPlaces measures what an operator costs at its places: the time of a forward
// and backward pass of one sequence at the paper's size, divided by that of the plain
// model beside it. Passes take turns, so that both see the same machine. The first line
// measures the plain model against itself: the noise.
func BenchmarkPlaces(b *testing.B) {
	c := Config{Vocabulary: 27, Model: config.Model{
		Family: "gpt2", Layers: 10, Width: 128, Heads: 8, Hidden: 512, Context: 512, Position: "rope", Norm: "pre", Mixer: "none",
	}}
	specs := []string{"none"}
	for _, operator := range []string{"haar", "shift", "past", "dyadic"} {
		for _, at := range []string{"block", "input", "attention", "mlp", "kv", "qkv", "embedding"} {
			specs = append(specs, operator+":at="+at)
		}
	}
	plain := pass(b, c)
	for _, spec := range specs {
		b.Run(spec, func(b *testing.B) {
			c.Mixer = spec
			more(b, plain, pass(b, c))
		})
	}
}

// BenchmarkFamilies measures the same for nanochat beside GPT-2, whose passes have as many
// operations at the same sizes, but where heads share keys and values.
func BenchmarkFamilies(b *testing.B) {
	preset, err := config.Preset("paper")
	if err != nil {
		b.Fatal(err)
	}
	c := Config{Vocabulary: 27, Model: preset.Model}
	plain := pass(b, c)
	c.Family = "nanochat"
	for _, c.KVHeads = range []int{8, 2} {
		b.Run(fmt.Sprintf("nanochat/kv_heads=%d", c.KVHeads), func(b *testing.B) { more(b, plain, pass(b, c)) })
	}
}

// pass returns a function that takes the time of a forward and backward pass.
func pass(b *testing.B, c Config) func() time.Duration {
	m, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	m.Init(1)
	ids := tokens(c.Context+1, c.Vocabulary)
	w, grad := m.NewWorkspace(), make([]float32, len(m.Params))
	return func() time.Duration {
		start := time.Now()
		w.Forward(ids[:c.Context], nil)
		w.Loss(ids[1:])
		w.Backward(grad, ids[1:], 1)
		return time.Since(start)
	}
}

// more reports the time of other passes in percent of plain ones, above 100: of the fastest
// quarter of each.
func more(b *testing.B, plain, other func() time.Duration) {
	var with, without []time.Duration
	for b.Loop() {
		without = append(without, plain())
		with = append(with, other())
	}
	b.ReportMetric(100*(float64(fastest(with))/float64(fastest(without))-1), "%more")
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
