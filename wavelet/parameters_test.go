package wavelet

import (
	"fmt"
	"math"
	"testing"
)

// What has parameters starts as an operator without: exactly where it says 0, within
// rounding elsewhere.
func TestInitialParameters(t *testing.T) {
	tests := []struct {
		learned, fixed string
		error          float64
	}{
		{"learned", "haar", 1e-6},
		{"learned:min=2", "haar:min=2", 1e-6},
		{"conv:3", "none", 0},
		{"conv:3:mix=add", "none", 0},
		{"conv:3:mix=gate", "none", 0},
		{"learned:mix=gate:gate=1", "haar", 1e-6},
		{"past:mix=gate:gate=1", "past", 1e-6},
		{"shift:mix=gate", "windows:1x2", 1e-6}, // half of each of two positions
		{"shift:fraction=1:mix=gate", "window:2:fraction=1", 1e-6},
		{"scale", "none", 0},
	}
	for _, test := range tests {
		const E, L, T = 16, 64, 40
		s, err := Parse(test.learned)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(test.fixed)
		if err != nil {
			t.Fatal(err)
		}
		o := s.New(E, L)
		params := normal(4, size(o.ParamShape()))
		o.InitParams(params)
		x, got, want := normal(1, T*E), make([]float32, T*E), make([]float32, T*E)
		o.Forward(got, x, params, T)
		f.New(E, L).Forward(want, x, nil, T)
		for i := range want {
			if !(math.Abs(float64(got[i]-want[i])) <= test.error) {
				t.Fatalf("%s: element %d is %v, %s has %v", test.learned, i, got[i], test.fixed, want[i])
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
}

// The parameters of a layer. At E = 128 and L = 512, haar has 10 levels, past 7 and ema
// one.
func TestParameters(t *testing.T) {
	for text, want := range map[string]string{
		"none": "[]", "haar": "[]", "haar:mix=add": "[]", "haar:mix=gate": "[10]", "past:mix=gate": "[7]",
		"ema:linear:mix=gate": "[1]", "window:4:mix=gate": "[1]", "windows:2x1+1x2+1x2@1:mix=gate": "[3]",
		"conv:3": "[3 64]", "conv:3:mix=add": "[3 64]", "conv:3:mix=gate": "[193]", "learned:mix=gate": "[6313]",
		"scale": "[10]", "scale:min=2": "[9]", "scale:share=halving": "[7]", "haar:fraction=0.001:mix=gate": "[]",
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.New(128, 512).ParamShape()); got != want {
			t.Errorf("%s has parameters %s, want %s", text, got, want)
		}
	}
}

// Additions and multiplications on 10 positions of 8 channels, 4 of which the operators
// act on, at a context of 8, counted by hand.
func TestFLOPs(t *testing.T) {
	const scaled = 10 * 4
	for text, want := range map[string]int64{
		"none":                 0,
		"shift":                0,
		"window:4":             9*4 + 8*4 + scaled,
		"window:3:delay=1":     8*4 + 7*4 + 9*4,
		"haar":                 9*3 + 8*2 + 6*1 + 10*3, // windows 1, 2, 4, 8
		"haar:detail=on":       9*3 + 8*2 + 6*1 + 10*3,
		"haar:mix=add":         9*3 + 8*2 + 6*1 + 10*3 + scaled,
		"haar:mix=gate":        9*3 + 8*2 + 6*1 + 10*3 + 3*scaled,
		"windows:1x2@1+1x4@3":  8*4 + 5*2 + 9*2 + 7*2, // the first addition begins with the first group
		"ema:linear":           3 * scaled,
		"conv:2":               2*10*4 + 2*9*4,
		"scale":                scaled,
		"conv:1:mix=add":       2*10*4 + scaled,
		"window:4:fraction=1":  2 * (9*4 + 8*4 + scaled),
		"window:16:fraction=1": 2 * (9*4 + 8*4 + 6*4 + 2*4 + scaled),
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.New(8, 8).FLOPs(10); got != want {
			t.Errorf("%s: %d operations, want %d", text, got, want)
		}
	}
}
