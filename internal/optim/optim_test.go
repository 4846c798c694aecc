package optim

import (
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

func TestRate(t *testing.T) {
	base := config.Train{Steps: 100, Warmup: 10, LR: 1, MinLR: 0.1, Cooldown: 0.2}
	tests := []struct {
		schedule string
		at       map[int]float64
	}{
		{"constant", map[int]float64{1: 0.1, 5: 0.5, 10: 1, 11: 1, 100: 1}},
		{"cosine", map[int]float64{1: 0.1, 10: 1, 55: 0.55, 100: 0.1}},
		{"linear", map[int]float64{10: 1, 55: 0.55, 82: 0.28, 100: 0.1}},
		{"wsd", map[int]float64{10: 1, 50: 1, 80: 1, 90: 0.55, 100: 0.1}},
	}
	for _, test := range tests {
		c := base
		c.Schedule = test.schedule
		for step, want := range test.at {
			if got := Rate(c, step); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s at step %d: %v, want %v", test.schedule, step, got, want)
			}
		}
		for step := 2; step <= c.Steps; step++ {
			if step > c.Warmup && Rate(c, step) > Rate(c, step-1)+1e-12 {
				t.Errorf("%s rises at step %d, behind the warm-up", test.schedule, step)
			}
		}
	}
}

func TestRateWithoutWarmup(t *testing.T) {
	c := config.Train{Steps: 1, LR: 2, MinLR: 0.5, Schedule: "cosine"}
	if got := Rate(c, 1); got != 0.5 {
		t.Errorf("a single step has rate %v, want min_lr", got)
	}
}

func sequential(n int, do func(int)) {
	for i := range n {
		do(i)
	}
}

func backwards(n int, do func(int)) {
	for i := n - 1; i >= 0; i-- {
		do(i)
	}
}

// Pieces may be done in any order, and decay reaches only the ranges that ask.
func TestUpdate(t *testing.T) {
	const n = 3*pieceSize + 17
	c := config.Train{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.5, Clip: 1}
	ranges := []Range{{0, 10, 0, false}, {16, n - 4, 16, true}}
	grad := make([]float32, n)
	for i := range grad {
		grad[i] = float32(math.Sin(float64(i)))
	}
	var results [2][]float32
	for k, parallel := range []Parallel{sequential, backwards} {
		p := make([]float32, n)
		for i := range p {
			p[i] = 1
		}
		o, clip := NewAdamW(c, n, ranges), NewClip(c, ranges)
		norm := clip.Norm(grad, parallel)
		for step := 1; step <= 3; step++ {
			o.Update(p, grad, step, 0.1, clip.Scale(norm), parallel)
		}
		results[k] = p
		for _, i := range []int{10, 15, n - 4, n - 1} {
			if p[i] != 1 {
				t.Errorf("element %d is in no range and became %v", i, p[i])
			}
		}
	}
	for i, v := range results[0] {
		if v != results[1][i] {
			t.Fatalf("element %d depends on the order: %v, %v", i, v, results[1][i])
		}
	}
	// Without decay a constant gradient moves by lr a step; with it the
	// weight also shrinks by lr * decay = 5 % a step.
	if got := results[0][1]; math.Abs(float64(got)-0.7) > 1e-5 {
		t.Errorf("without decay: %v, want 0.7", got)
	}
	want := 1.0
	for range 3 {
		want = want*0.95 - 0.1*math.Copysign(1, float64(grad[20]))
	}
	if got := results[0][20]; math.Abs(float64(got)-want) > 1e-5 {
		t.Errorf("with decay: %v, want %v", got, want)
	}
}

func TestNormAndClip(t *testing.T) {
	c := NewClip(config.Train{Clip: 2}, []Range{{0, 2, 0, true}, {4, 6, 4, false}})
	// The padding between ranges is no part of the gradient.
	norm := c.Norm([]float32{3, 0, 100, 100, 0, -4, 100, 100}, sequential)
	if norm != 5 {
		t.Errorf("norm %v, want 5", norm)
	}
	if got := c.Scale(5); math.Abs(got-0.4) > 1e-6 {
		t.Errorf("scale %v, want 0.4", got)
	}
	if got := c.Scale(1); got != 1 {
		t.Errorf("scale %v under the limit, want 1", got)
	}
	if got := NewClip(config.Train{}, nil).Scale(1e9); got != 1 {
		t.Errorf("scale %v without clipping, want 1", got)
	}
}
