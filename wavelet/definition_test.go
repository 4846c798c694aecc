package wavelet

import (
	"math"
	"testing"
)

func TestForwardIsTheDefinition(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		y := make([]float32, c.T*c.E)
		c.Forward(y, c.x, c.params, c.T)
		for i, want := range c.definition() {
			if math.Abs(float64(y[i])-want) > 5e-6*(1+math.Abs(want)) {
				t.Fatalf("position %d channel %d: %v, want %v", i/c.E, i%c.E, y[i], want)
			}
		}
	})
}

// The operators are linear in x, and in each parameter with all else fixed, so central
// differences of <dy, y> are exact up to rounding, whatever the step.
func TestBackwardIsTheGradient(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		n := c.T * c.E
		dy, dx, dparams := normal(2, n), make([]float32, n), normal(4, len(c.params))
		before := append([]float32(nil), dparams...)
		c.Backward(dx, dparams, dy, c.x, c.params, c.T)
		loss := func() (sum float64) {
			for i, v := range c.definition() {
				sum += v * float64(dy[i])
			}
			return sum
		}
		check := func(name string, at, got []float32) {
			for i := 0; i < len(at); i += 1 + len(at)/12 {
				old := at[i]
				at[i] = old + 1
				up, high := loss(), float64(at[i])
				at[i] = old - 1
				down, low := loss(), float64(at[i])
				at[i] = old
				want := (up - down) / (high - low)
				if math.Abs(float64(got[i])-want) > 2e-5*(1+math.Abs(want)) {
					t.Fatalf("gradient of %s %d: %v, want %v", name, i, got[i], want)
				}
			}
		}
		check("x", c.x, dx)
		if c.ParamShape() != nil {
			for i := range dparams {
				dparams[i] -= before[i]
			}
			check("parameter", c.params, dparams)
		}
	})
}

func TestCausal(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		y, changed := make([]float32, c.T*c.E), make([]float32, c.T*c.E)
		c.Forward(y, c.x, c.params, c.T)
		for p := 0; p < c.T; p += 1 + c.T/5 {
			z := append([]float32(nil), c.x...)
			for i := p * c.E; i < len(z); i++ {
				z[i] += 1 + float32(i)
			}
			c.Forward(changed, z, c.params, c.T)
			for i := range p * c.E {
				if y[i] != changed[i] {
					t.Fatalf("a change at position %d reaches position %d", p, i/c.E)
				}
			}
		}
	})
}

func TestTokenByTokenEqualsBatch(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		// Zeros of both signs: adding to one must not happen on one side only.
		for i := 0; i < len(c.x); i += 3 {
			c.x[i] = float32(math.Copysign(0, float64(c.x[i])))
		}
		y, row := make([]float32, c.T*c.E), make([]float32, c.E)
		c.Forward(y, c.x, c.params, c.T)
		state := c.NewState()
		for range 2 { // the second time after Reset
			for p := range c.T {
				state.Step(row, c.x[p*c.E:(p+1)*c.E], c.params)
				for i, v := range row {
					if math.Float32bits(v) != math.Float32bits(y[p*c.E+i]) {
						t.Fatalf("position %d channel %d: token by token %v, batch %v", p, i, v, y[p*c.E+i])
					}
				}
			}
			state.Reset()
		}
	})
}

func TestWritesOnlyItsRows(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		const canary = 12345
		n := c.T * c.E
		dy, dparams := normal(2, n), make([]float32, len(c.params))
		for name, call := range map[string]func(to []float32){
			"Forward":  func(to []float32) { c.Forward(to, c.x, c.params, c.T) },
			"Backward": func(to []float32) { c.Backward(to, dparams, dy, c.x, c.params, c.T) },
		} {
			to := make([]float32, n+c.E)
			for i := range to {
				to[i] = canary
			}
			call(to)
			for i, v := range to {
				if (v == canary) != (i >= n) {
					t.Fatalf("%s: element %d of %d is %v", name, i, n, v)
				}
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	each(t, func(t *testing.T, c *conformance) {
		y, row, state := make([]float32, c.T*c.E), make([]float32, c.E), c.NewState()
		dparams := make([]float32, len(c.params))
		n := testing.AllocsPerRun(3, func() {
			c.Forward(y, c.x, c.params, c.T)
			c.Backward(y, dparams, c.x, c.x, c.params, c.T)
			state.Reset()
			state.Step(row, c.x, c.params)
		})
		if n != 0 {
			t.Errorf("%v allocations per call", n)
		}
	})
}
