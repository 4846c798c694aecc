package wavelet

import (
	"slices"
	"sync"
	"testing"
)

// Beside this file: what an operator computes is checked in definition_test.go
// and, against PyTorch, in oracle_test.go.

// An operator has no state: goroutines that share one all get the same bits.
func TestDeterministic(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		n := c.T * c.E
		dy := normal(2, n)
		compute := func() (all []float32) {
			y, dx, dparams := make([]float32, n), make([]float32, n), make([]float32, len(c.params))
			c.Forward(y, c.x, c.params, c.T)
			c.Backward(dx, dparams, dy, c.x, c.params, c.T)
			return slices.Concat(y, dx, dparams)
		}
		want := compute()
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				if !slices.Equal(compute(), want) {
					t.Error("another time it gives other bits")
				}
			})
		}
		wait.Wait()
		params := make([]float32, len(c.params))
		again := make([]float32, len(c.params))
		c.InitParams(params)
		c.InitParams(again)
		if !slices.Equal(params, again) {
			t.Error("another time parameters start elsewhere")
		}
	})
}

// Streams of one operator that begin at different times, take turns and begin
// anew in the middle give what each gives alone, to the bit.
func TestStreamsAreIndependent(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		const streams = 3
		var inputs, want [streams][]float32
		var states [streams]State
		for k := range streams {
			inputs[k] = normal(uint64(10+k), c.T*c.E)
			want[k] = make([]float32, c.T*c.E)
			c.Forward(want[k], inputs[k], c.params, c.T)
			states[k] = c.NewState()
		}
		row := make([]float32, c.E)
		var at [streams]int
		for turn := range 3 * c.T {
			for k, state := range states {
				if turn < 2*k || (turn+k)%4 == 3 || at[k] == c.T { // not there, or silent
					continue
				}
				if turn == c.T/2+1+k {
					state.Reset()
					at[k] = 0
				}
				p := at[k]
				state.Step(row, inputs[k][p*c.E:(p+1)*c.E], c.params)
				if !slices.Equal(row, want[k][p*c.E:(p+1)*c.E]) {
					t.Fatalf("stream %d, position %d: %v, alone %v", k, p, row, want[k][p*c.E:(p+1)*c.E])
				}
				at[k]++
			}
		}
	})
}

// Acting makes of n channels what New makes of the last n of a wider row, to the bit.
// The channels before those pass.
func TestActingIsTheLastChannels(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		n := c.Acts(c.E)
		if c.Kind == None {
			n = c.E
		}
		if n == 0 {
			return
		}
		first, acting := c.E-n, c.Acting(n, c.L)
		if !slices.Equal(acting.ParamShape(), c.ParamShape()) || acting.FLOPs(c.T) != c.FLOPs(c.T) ||
			!slices.Equal(acting.Windows(), c.Windows()[first:]) {
			t.Fatal("it has another shape, cost or windows")
		}
		narrow := func(x []float32) (rows []float32) {
			for p := range c.T {
				rows = append(rows, x[p*c.E+first:(p+1)*c.E]...)
			}
			return rows
		}
		dy := normal(2, c.T*c.E)
		results := func(o Operator, x, dy []float32) (y, dx, dparams []float32) {
			y, dx, dparams = make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(c.params))
			o.Forward(y, x, c.params, c.T)
			o.Backward(dx, dparams, dy, x, c.params, c.T)
			return y, dx, dparams
		}
		y, dx, dparams := results(c, c.x, dy)
		wantY, wantDX, wantDparams := results(acting, narrow(c.x), narrow(dy))
		if !slices.Equal(narrow(y), wantY) || !slices.Equal(narrow(dx), wantDX) || !slices.Equal(dparams, wantDparams) {
			t.Error("it computes other values")
		}
		for p := range c.T {
			if at := p * c.E; !slices.Equal(y[at:at+first], c.x[at:at+first]) || !slices.Equal(dx[at:at+first], dy[at:at+first]) {
				t.Fatalf("position %d: channels that should pass do not", p)
			}
		}
	})
}
