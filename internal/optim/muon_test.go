package optim

import (
	"math"
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

func ofWorker(parallel Parallel, worker int) Workers {
	return func(n int, do func(worker, i int)) { parallel(n, func(i int) { do(worker, i) }) }
}

// By hand: a matrix with one row or column has one singular value, which is 1 after the
// division by the norm. The polynomial takes it on five times.
func TestMuonOfVectors(t *testing.T) {
	value := 1.0
	for range 5 {
		value = 3.4445*value - 4.7750*math.Pow(value, 3) + 2.0315*math.Pow(value, 5)
	}
	grad := []float32{3, 0, 0, -4} // of norm 5
	for _, test := range []struct {
		rows, columns int
		transposed    bool
		factor        float64
	}{
		{1, 4, false, 2}, // sqrt(out/in)
		{4, 1, false, 1}, // at least 1
		{1, 4, true, 1},
		{4, 1, true, 2},
	} {
		c := config.Train{MuonMomentum: 0.95, Decay: 0.5}
		o := NewMuon(c, 4, []Matrix{{Rows: test.rows, Columns: test.columns, Stride: test.columns, Transposed: test.transposed, Decay: true}}, 1)
		params, want := []float32{1, 1, 1, 1}, []float64{1, 1, 1, 1}
		for step := 1; step <= 3; step++ {
			o.Update(params, grad, 0.1, 0.25, ofWorker(sequential, 0))
			for i := range want {
				want[i] = want[i]*0.95 - 0.1*test.factor*value*float64(grad[i])/5
				// The momentum goes towards the clipped gradient, by a twentieth in a step.
				momentum := 0.25 * float64(grad[i]) * (1 - math.Pow(0.95, float64(step)))
				if math.Abs(float64(params[i])-want[i]) > 1e-5 || math.Abs(float64(o.M[i])-momentum) > 1e-6 {
					t.Errorf("%d x %d, transposed %v, step %d: element %d is %v, want %v, with momentum %v, want %v",
						test.rows, test.columns, test.transposed, step, i, params[i], want[i], o.M[i], momentum)
				}
			}
		}
	}
}

// Nesterov's momentum looks ahead: against a gradient that has turned round, the update
// follows the new one sooner than the momentum does.
func TestMuonLooksAhead(t *testing.T) {
	o := NewMuon(config.Train{MuonMomentum: 0.9}, 1, []Matrix{{Rows: 1, Columns: 1, Stride: 1}}, 1)
	w, before := []float32{0}, float32(0)
	step := func(g float32) (moved float32) {
		before = w[0]
		o.Update(w, []float32{g}, 0.1, 1, ofWorker(sequential, 0))
		return w[0] - before
	}
	step(1)
	// m = 0.1 - 0.1 (0.1 + 0.95) = -0.005 and u = m - 0.1 (m + 0.95) = -0.0995; and then
	// m = -0.0045 + 0.003 = -0.0015 but u = m + 0.1 (0.03 - m) = 0.00165.
	if moved := step(-0.95); moved <= 0 {
		t.Errorf("against a gradient below zero, the weight moves by %v", moved)
	}
	if moved := step(0.03); moved >= 0 || o.M[0] >= 0 {
		t.Errorf("with momentum %v and a gradient above zero, the weight moves by %v", o.M[0], moved)
	}
}

// Matrices may be done in any order and by any worker, matrices side by side are their
// own, and nothing else changes.
func TestMuonUpdate(t *testing.T) {
	const n = 8*36 + 16 + 8*12 + 12*8
	matrices := []Matrix{
		{Start: 0, State: 0, Rows: 8, Columns: 12, Stride: 36, Decay: true}, {Start: 12, State: 12, Rows: 8, Columns: 12, Stride: 36, Decay: true},
		{Start: 24, State: 24, Rows: 8, Columns: 12, Stride: 36, Decay: true},
		{Start: 8*36 + 16, State: 8 * 36, Rows: 8, Columns: 12, Stride: 12}, {Start: 8*36 + 16 + 8*12, State: 8*36 + 8*12, Rows: 12, Columns: 8, Stride: 8},
	}
	grad := make([]float32, n)
	for i := range grad {
		grad[i] = float32(math.Sin(float64(i * i)))
	}
	c := config.Train{MuonMomentum: 0.95, Decay: 0.1}
	update := func(matrices []Matrix, run Workers) (params, momentum []float32) {
		params = make([]float32, n)
		for i := range params {
			params[i] = 1
		}
		o := NewMuon(c, n-16, matrices, 2)
		for range 3 {
			o.Update(params, grad, 0.02, 0.5, run)
		}
		return params, o.M
	}
	params, momentum := update(matrices, ofWorker(sequential, 0))
	again, momentumAgain := update(matrices, ofWorker(backwards, 1))
	if !slices.Equal(params, again) || !slices.Equal(momentum, momentumAgain) {
		t.Error("the order or the worker changes the result")
	}
	for i := range params {
		if inside := i < 8*36 || i >= 8*36+16; (params[i] == 1) == inside {
			t.Errorf("element %d is %v", i, params[i])
		}
	}
	for k, m := range matrices {
		alone, _ := update([]Matrix{m}, ofWorker(sequential, 0))
		for r := range m.Rows {
			from := m.Start + r*m.Stride
			if !slices.Equal(alone[from:from+m.Columns], params[from:from+m.Columns]) {
				t.Fatalf("row %d of matrix %d depends on other matrices", r, k)
			}
		}
	}
}

func TestMuonDoesNotAllocateArrays(t *testing.T) {
	m := Matrix{Rows: 24, Columns: 40, Stride: 40, Decay: true}
	c := config.Train{MuonMomentum: 0.95, Decay: 0.1}
	o := NewMuon(c, m.Rows*m.Columns, []Matrix{m}, 1)
	params, grad := make([]float32, m.Rows*m.Columns), make([]float32, m.Rows*m.Columns)
	if n := testing.AllocsPerRun(5, func() { m.update(params, grad, o.M, o.scratch[0], c, 0.02, 1) }); n != 0 {
		t.Errorf("%v allocations for a matrix", n)
	}
}

// Muon's rate has the schedule of the other, from its own highest value down.
func TestMuonRate(t *testing.T) {
	for _, schedule := range []string{"constant", "cosine", "linear", "wsd"} {
		c := config.Train{Steps: 100, Warmup: 10, LR: 4e-3, MinLR: 4e-4, MuonLR: 0.02, Schedule: schedule, Cooldown: 0.2}
		own := c
		own.LR, own.MinLR = 0.02, 0.002
		for step := 1; step <= c.Steps; step++ {
			if got, want := MuonRate(c, Rate(c, step)), Rate(own, step); math.Abs(got-want) > 1e-15 {
				t.Errorf("%s, step %d: %v, want %v", schedule, step, got, want)
			}
		}
	}
}
