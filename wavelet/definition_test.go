package wavelet

import (
	"fmt"
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// define computes the operator by its defining double sum, in float64.
func define(s Spec, x []float32, T, E, context int) []float64 {
	y := make([]float64, T*E)
	n := int(math.Round(s.Fraction * float64(E)))
	at := func(t, i int) float64 {
		if t < 0 {
			return 0
		}
		return float64(x[t*E+i])
	}
	for t := range T {
		for i := range E {
			f := 1
			if i >= E-n && s.Kind != None {
				switch s.Kind {
				case Haar:
					levels := int(math.Floor(math.Log2(float64(context))))
					if s.Min == 1 {
						levels++
					}
					F := math.Floor(float64(levels) * float64(i-(E-n)) / float64(n))
					f = int(math.Pow(2, F)) * s.Min
				case Window:
					f = s.Size
				case Shift:
					y[t*E+i] = at(t-1, i)
					continue
				}
			}
			sum := 0.0
			for j := range f {
				sum += at(t-j, i)
			}
			divisor := f
			if s.Prefix == PrefixCount {
				divisor = min(t+1, f)
			}
			y[t*E+i] = sum / float64(divisor)
		}
	}
	return y
}

// specs are the variants that every test runs through.
var specs = []string{
	"none", "haar", "haar:min=2", "haar:prefix=count", "haar:min=2:prefix=count",
	"haar:fraction=0.25", "haar:fraction=1", "haar:last=off",
	"window:1", "window:2", "window:3", "window:7", "window:16", "window:23", "window:100:prefix=count",
	"window:5:fraction=0.75", "window:1000", "shift", "shift:fraction=1",
}

// shapes are (E, L, T): even and odd widths, contexts that are no power of
// two, sequences shorter than a window, one position, longer than the context.
var shapes = []struct{ E, L, T int }{
	{8, 16, 16}, {10, 100, 100}, {7, 33, 20}, {16, 512, 5}, {12, 64, 1}, {2, 1, 3}, {1, 8, 8}, {6, 20, 50},
}

func each(t *testing.T, test func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int)) {
	for _, text := range specs {
		for _, shape := range shapes {
			t.Run(fmt.Sprintf("%s/E%d-L%d-T%d", text, shape.E, shape.L, shape.T), func(t *testing.T) {
				s, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				test(t, s, s.New(shape.E, shape.L), normal(1, shape.T*shape.E), shape.E, shape.L, shape.T)
			})
		}
	}
}

func normal(seed uint64, n int) []float32 {
	r := rng.New(seed, rng.Init, 0)
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.Normal(uint64(i)))
	}
	return x
}

func TestForwardIsTheDefinition(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		y := make([]float32, T*E)
		o.Forward(y, x, T)
		for i, want := range define(s, x, T, E, L) {
			if math.Abs(float64(y[i])-want) > 2e-6 {
				t.Fatalf("position %d channel %d: %v, want %v", i/E, i%E, y[i], want)
			}
		}
	})
}

// The operators are linear, so central differences of <dy, y> are exact up to
// rounding, whatever the step.
func TestBackwardIsTheGradient(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		dy, dx := normal(2, T*E), make([]float32, T*E)
		o.Backward(dx, dy, T)
		loss := func() (sum float64) {
			for i, v := range define(s, x, T, E, L) {
				sum += v * float64(dy[i])
			}
			return sum
		}
		for i := 0; i < T*E; i += 1 + T*E/40 {
			old := x[i]
			x[i] = old + 1
			up, high := loss(), float64(x[i])
			x[i] = old - 1
			down, low := loss(), float64(x[i])
			x[i] = old
			want := (up - down) / (high - low)
			if math.Abs(float64(dx[i])-want) > 1e-5 {
				t.Fatalf("position %d channel %d: gradient %v, want %v", i/E, i%E, dx[i], want)
			}
		}
	})
}

func TestCausal(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		y, changed := make([]float32, T*E), make([]float32, T*E)
		o.Forward(y, x, T)
		for p := 0; p < T; p += 1 + T/5 {
			z := append([]float32(nil), x...)
			for i := p * E; i < len(z); i++ {
				z[i] += 1 + float32(i)
			}
			o.Forward(changed, z, T)
			for i := range p * E {
				if y[i] != changed[i] {
					t.Fatalf("a change at position %d reaches position %d", p, i/E)
				}
			}
		}
	})
}

func TestTokenByTokenEqualsBatch(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		// Zeros of both signs: adding to one must not happen on one side only.
		for i := 0; i < len(x); i += 3 {
			x[i] = float32(math.Copysign(0, float64(x[i])))
		}
		y, row := make([]float32, T*E), make([]float32, E)
		o.Forward(y, x, T)
		state := o.NewState()
		for range 2 { // the second time after Reset
			for p := range T {
				state.Step(row, x[p*E:(p+1)*E])
				for c, v := range row {
					if math.Float32bits(v) != math.Float32bits(y[p*E+c]) {
						t.Fatalf("position %d channel %d: token by token %v, batch %v", p, c, v, y[p*E+c])
					}
				}
			}
			state.Reset()
		}
	})
}

func TestWritesOnlyItsRows(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		const canary = 12345
		for name, call := range map[string]func(to []float32){
			"Forward":  func(to []float32) { o.Forward(to, x, T) },
			"Backward": func(to []float32) { o.Backward(to, x, T) },
		} {
			to := make([]float32, T*E+E)
			for i := range to {
				to[i] = canary
			}
			call(to)
			for i, v := range to {
				if (v == canary) != (i >= T*E) {
					t.Fatalf("%s: element %d of %d is %v", name, i, T*E, v)
				}
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	each(t, func(t *testing.T, s Spec, o Operator, x []float32, E, L, T int) {
		y, row, state := make([]float32, T*E), make([]float32, E), o.NewState()
		n := testing.AllocsPerRun(3, func() {
			o.Forward(y, x, T)
			o.Backward(y, x, T)
			state.Reset()
			state.Step(row, x)
		})
		if n != 0 {
			t.Errorf("%v allocations per call", n)
		}
	})
}
