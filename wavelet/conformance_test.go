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
