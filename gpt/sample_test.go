package gpt

import (
	"math"
	"testing"
)

func TestSampling(t *testing.T) {
	// Probabilities 0.5, 0.25, 0.125, 0.125 for tokens 2, 0, 1, 3.
	logits := []float32{float32(math.Log(2)), 0, float32(math.Log(4)), 0}
	tests := []struct {
		name string
		s    Sampling
		want map[uint16]float64 // share of each token
	}{
		{"all", Sampling{Temperature: 1, TopP: 1}, map[uint16]float64{0: 0.25, 1: 0.125, 2: 0.5, 3: 0.125}},
		{"greedy", Sampling{Temperature: 0, TopP: 1}, map[uint16]float64{2: 1}},
		{"top-k", Sampling{Temperature: 1, TopK: 2, TopP: 1}, map[uint16]float64{0: 1. / 3, 2: 2. / 3}},
		{"top-k beyond the vocabulary", Sampling{Temperature: 1, TopK: 9, TopP: 1}, map[uint16]float64{0: 0.25, 1: 0.125, 2: 0.5, 3: 0.125}},
		{"top-p", Sampling{Temperature: 1, TopP: 0.7}, map[uint16]float64{0: 1. / 3, 2: 2. / 3}},
		{"top-p below the first", Sampling{Temperature: 1, TopP: 0.1}, map[uint16]float64{2: 1}},
		{"temperature", Sampling{Temperature: 0.5, TopP: 1}, map[uint16]float64{0: 4. / 22, 1: 1. / 22, 2: 16. / 22, 3: 1. / 22}},
		{"ties keep the first ids", Sampling{Temperature: 1, TopK: 3, TopP: 1}, map[uint16]float64{0: 2. / 7, 1: 1. / 7, 2: 4. / 7}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const n = 8000
			got := map[uint16]float64{}
			sampler := Sampler{Sampling: test.s}
			for i := range n {
				got[sampler.Next(logits, (float64(i)+0.5)/n)] += 1. / n
			}
			for token := range uint16(4) {
				if math.Abs(got[token]-test.want[token]) > 0.002 {
					t.Errorf("token %d: share %.4f, want %.4f", token, got[token], test.want[token])
				}
			}
		})
	}
}

func TestSamplingValidate(t *testing.T) {
	good := Sampling{Temperature: 1, TopP: 1}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, s := range []Sampling{
		{Temperature: -1, TopP: 1}, {Temperature: math.NaN(), TopP: 1}, {Temperature: math.Inf(1), TopP: 1},
		{Temperature: 1, TopP: 0}, {Temperature: 1, TopP: 1.5}, {Temperature: 1, TopP: math.NaN()}, {Temperature: 1, TopK: -1, TopP: 1},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}
