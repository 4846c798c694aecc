package wavelet

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/pairwise"
	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// slowVariable asks for every combination of options instead of every pair.
const slowVariable = "WAVELETGPT_SLOW"

// specs are variants that every test runs through at every shape.
var specs = []string{
	"none", "haar", "haar:min=2", "haar:prefix=count", "haar:min=2:prefix=count",
	"haar:fraction=0.25", "haar:fraction=1", "haar:last=off", "haar:detail=on", "haar:min=2:delay=1:detail=on:fraction=1",
	"window:1", "window:2", "window:3", "window:7", "window:16", "window:23", "window:100:prefix=count",
	"window:5:fraction=0.75", "window:1000", "shift", "shift:fraction=1",
	"haar:delay=1", "haar:prefix=count:delay=2", "haar:share=halving", "haar:min=2:delay=1:share=halving:fraction=0.75",
	"window:3:delay=5", "window:4:prefix=count:delay=30:fraction=1", "taps", "taps:share=halving", "taps:fraction=1",
	"dyadic", "dyadic:prefix=count:share=even:fraction=1",
	"windows:4x1@1+2x2@1+1x4@1+1x8@1", "windows:1xctx+3x1+2x5@2", "windows:2x3@4+1x7@1+1x7@3+1x6:prefix=count:fraction=1",
	"windows:1x8@2+1x4@6+1x2:fraction=1",
	"ema:linear", "ema:linear:fraction=1", "ema:matched", "ema:matched:min=2:last=off",
	"learned", "learned:min=2:fraction=0.75", "conv:1", "conv:3", "conv:4:fraction=1", "conv:60",
	"haar:mix=add", "past:mix=gate:fraction=1", "conv:4:mix=add", "learned:mix=gate", "ema:linear:mix=gate", "scale", "scale:share=halving:fraction=1",
}

// combined are the operators whose options are combined, with the values that the
// options have in that.
var combined = []struct {
	kinds   string
	options []string
}{
	{"haar", []string{"min=1 min=2", "prefix=zero prefix=count", "delay=0 delay=1 delay=3", "share=even share=halving", "detail=off detail=on"}},
	{"dyadic", []string{"prefix=zero prefix=count", "share=even share=halving"}},
	{"window:1 window:6 window:13", []string{"prefix=zero prefix=count", "delay=0 delay=1 delay=9"}},
	{"windows:1x1+2x4@1 windows:3x5@2+1xctx windows:1x11@1+2x3@2+1x2@2+5x6", []string{"prefix=zero prefix=count"}},
	{"shift taps:share=even taps:share=halving", nil},
	{"ema:linear ema:matched ema:matched:min=2", nil},
	{"learned:min=1 learned:min=2 conv:1 conv:4", nil},
	{"scale:min=1 scale:min=2", []string{"share=even share=halving"}},
}

// shapes are (E, L, T): even and odd widths, contexts that are no power of
// two, sequences shorter than a window, one position, longer than the context.
var shapes = []struct{ E, L, T int }{
	{8, 16, 16}, {10, 100, 100}, {7, 33, 20}, {16, 512, 5}, {12, 64, 1}, {2, 1, 3}, {1, 8, 8}, {6, 20, 50},
}

// A testCase is a spec at a shape.
type testCase struct {
	spec  string
	shape int
}

// cases are the specs at all shapes and, of the options of each operator, its mixes,
// fractions and the shapes, every pair of values; in the slow test all combinations.
var cases = sync.OnceValue(func() (list []testCase) {
	for _, spec := range specs {
		for shape := range shapes {
			list = append(list, testCase{spec, shape})
		}
	}
	for _, c := range combined {
		parameters := [][]string{strings.Fields(c.kinds)}
		for _, o := range c.options {
			parameters = append(parameters, strings.Fields(o))
		}
		parameters = append(parameters, []string{"fraction=0.5", "fraction=1", "fraction=0.3"})
		if !strings.HasPrefix(c.kinds, "scale") {
			parameters = append(parameters, []string{"mix=replace", "mix=add", "mix=gate"})
		}
		numbers := make([]string, len(shapes))
		for i := range numbers {
			numbers[i] = fmt.Sprint(i)
		}
		all := pairwise.Product(append(parameters, numbers))
		all = slices.DeleteFunc(all, func(values []string) bool {
			return slices.Contains(values, "detail=on") && slices.Contains(values, "prefix=count")
		})
		if os.Getenv(slowVariable) == "" {
			all = pairwise.Choose(all)
		}
		for _, values := range all {
			last := len(values) - 1
			list = append(list, testCase{strings.Join(values[:last], ":"), slices.Index(numbers, values[last])})
		}
	}
	return list
})

// conformance is one operator at one shape with random input and parameters.
type conformance struct {
	Spec
	Operator
	E, L, T   int
	x, params []float32
}

// definition is the operator's output by its definition.
func (c *conformance) definition() []float64 {
	d := &definition{Spec: c.Spec, E: c.E, L: c.L, n: c.Acts(c.E), kernel: kernelOf(c.Spec, c.Operator, c.params)}
	d.levels = c.params[len(c.params)-c.gates():]
	return d.of(c.x, c.T)
}

// gates is the number of parameters that are gates or of scale.
func (c *conformance) gates() int {
	plain := c.Spec
	plain.Mix, plain.Gate = MixReplace, 0
	if c.Kind == Scale {
		return len(c.params)
	}
	return len(c.params) - size(plain.New(c.E, c.L).ParamShape())
}

// kernelOf gives the weights of an operator's parameters, which are stored by delay:
// those of all channels whose window is longer.
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

func each(t *testing.T, test func(t *testing.T, c *conformance)) {
	for _, c := range cases() {
		shape := shapes[c.shape]
		t.Run(fmt.Sprintf("%s/E%d-L%d-T%d", c.spec, shape.E, shape.L, shape.T), func(t *testing.T) {
			s, err := Parse(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			o := s.New(shape.E, shape.L)
			params := normal(3, size(o.ParamShape()))
			test(t, &conformance{s, o, shape.E, shape.L, shape.T, normal(1, shape.T*shape.E), params})
		})
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
