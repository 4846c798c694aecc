package wavelet

import (
	"fmt"
	"math"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// define computes the operator by its definition, in float64; kernel gives the
// learned weight of channel i at delay j.
func define(s Spec, x []float32, T, E, context int, kernel func(j, i int) float32) []float64 {
	y := make([]float64, T*E)
	n := int(math.Round(s.Fraction * float64(E)))
	at := func(t, i int) float64 {
		if t < 0 {
			return 0
		}
		return float64(x[t*E+i])
	}
	for i := range E {
		f := 1
		if i >= E-n {
			levels := int(math.Floor(math.Log2(float64(context))))
			if s.Kind == Taps {
				levels = max(levels, 1)
			} else if s.Min == 1 {
				levels++
			}
			level := math.Floor(float64(levels) * float64(i-(E-n)) / float64(n))
			if s.Share == ShareHalving {
				// The first half of the channels, half of the rest, ...
				level = 0
				for rest := float64(n) / 2; float64(E-i) <= rest && level < float64(levels-1); rest /= 2 {
					level++
				}
			}
			f = int(math.Pow(2, level)) * max(s.Min, 1)
		}
		for t := range T {
			switch {
			case i < E-n || s.Kind == None:
				y[t*E+i] = at(t, i)
			case s.Kind == Shift:
				y[t*E+i] = at(t-1, i)
			case s.Kind == Taps:
				y[t*E+i] = at(t-f, i)
			case s.Kind == EMA:
				a := float64(i-(E-n)) / float64(n)
				if s.Rule == RuleMatched {
					a = float64(f-1) / float64(f+1)
				}
				for j := range t + 1 {
					y[t*E+i] += (1 - a) * math.Pow(a, float64(j)) * at(t-j, i)
				}
			default:
				if s.Size != 0 {
					f = s.Size
				}
				seen := max(0, t+1-s.Delay)
				for j := range min(f, seen) {
					weight := 1 / float64(f)
					switch {
					case s.Kind == Learned || s.Kind == Conv:
						weight = float64(kernel(j, i))
					case s.Prefix == PrefixCount:
						weight = 1 / float64(min(seen, f))
					}
					y[t*E+i] += weight * at(t-s.Delay-j, i)
				}
			}
		}
	}
	return y
}

// kernelOf gives define the weights of an operator's parameters, which are
// stored by delay: those of all channels whose window is longer.
func kernelOf(s Spec, o Operator, params []float32) func(j, i int) float32 {
	windows := o.Windows()
	first := len(windows) - s.Acts(len(windows))
	return func(j, i int) float32 {
		at := 0
		for delay := range j + 1 {
			for c := first; c < len(windows); c++ {
				if windows[c] > delay {
					if delay == j && c == i {
						return params[at]
					}
					at++
				}
			}
		}
		panic("no such weight")
	}
}

// specs are the variants that every test runs through.
var specs = []string{
	"none", "haar", "haar:min=2", "haar:prefix=count", "haar:min=2:prefix=count",
	"haar:fraction=0.25", "haar:fraction=1", "haar:last=off",
	"window:1", "window:2", "window:3", "window:7", "window:16", "window:23", "window:100:prefix=count",
	"window:5:fraction=0.75", "window:1000", "shift", "shift:fraction=1",
	"haar:delay=1", "haar:prefix=count:delay=2", "haar:share=halving", "haar:min=2:delay=1:share=halving:fraction=0.75",
	"window:3:delay=5", "window:4:prefix=count:delay=30:fraction=1", "taps", "taps:share=halving", "taps:fraction=1",
	"ema:linear", "ema:linear:fraction=1", "ema:matched", "ema:matched:min=2:last=off",
	"learned", "learned:min=2:fraction=0.75", "conv:1", "conv:3", "conv:4:fraction=1", "conv:60",
}

// shapes are (E, L, T): even and odd widths, contexts that are no power of
// two, sequences shorter than a window, one position, longer than the context.
var shapes = []struct{ E, L, T int }{
	{8, 16, 16}, {10, 100, 100}, {7, 33, 20}, {16, 512, 5}, {12, 64, 1}, {2, 1, 3}, {1, 8, 8}, {6, 20, 50},
}

// conformance is one operator at one shape with random input and parameters.
type conformance struct {
	Spec
	Operator
	E, L, T   int
	x, params []float32
}

// definition is the operator's output by its definition.
func (c *conformance) definition() []float64 {
	return define(c.Spec, c.x, c.T, c.E, c.L, kernelOf(c.Spec, c.Operator, c.params))
}

func each(t *testing.T, test func(t *testing.T, c *conformance)) {
	for _, text := range specs {
		for _, shape := range shapes {
			t.Run(fmt.Sprintf("%s/E%d-L%d-T%d", text, shape.E, shape.L, shape.T), func(t *testing.T) {
				s, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				o := s.New(shape.E, shape.L)
				n := 1
				for _, d := range o.ParamShape() {
					n *= d
				}
				test(t, &conformance{s, o, shape.E, shape.L, shape.T, normal(1, shape.T*shape.E), normal(3, n)})
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

// The operators are linear in x and in their parameters, so central differences
// of <dy, y> are exact up to rounding, whatever the step.
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

// A learned operator starts as the one that it generalises.
func TestInitialKernels(t *testing.T) {
	for learned, fixed := range map[string]string{"learned": "haar", "learned:min=2": "haar:min=2", "conv:3": "none"} {
		const E, L, T = 16, 64, 40
		s, _ := Parse(learned)
		f, _ := Parse(fixed)
		o := s.New(E, L)
		n := 1
		for _, d := range o.ParamShape() {
			n *= d
		}
		params := make([]float32, n)
		o.InitParams(params)
		x, got, want := normal(1, T*E), make([]float32, T*E), make([]float32, T*E)
		o.Forward(got, x, params, T)
		f.New(E, L).Forward(want, x, nil, T)
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-6 {
				t.Fatalf("%s: element %d is %v, %s has %v", learned, i, got[i], fixed, want[i])
			}
		}
	}
}

// The paper's setting: 63,030 learned weights in 10 layers, 20,400 at L = 128.
func TestLearnedSize(t *testing.T) {
	s, _ := Parse("learned")
	for context, want := range map[int]int{512: 6303, 128: 2040} {
		if got := s.New(128, context).ParamShape(); len(got) != 1 || got[0] != want {
			t.Errorf("context %d: parameters %v a layer, want %d", context, got, want)
		}
	}
	conv, _ := Parse("conv:3")
	if got := fmt.Sprint(conv.New(128, 512).ParamShape()); got != "[3 64]" {
		t.Errorf("conv:3 has parameters %s, want [3 64]", got)
	}
}
