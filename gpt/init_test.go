package gpt

import (
	"math"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

func TestParameterCount(t *testing.T) {
	paper := Config{Vocabulary: 27, Model: config.Model{
		Family: "gpt2", Layers: 10, Width: 128, Heads: 8, Hidden: 512, Context: 512, Position: "learned", Norm: "pre",
	}}
	for _, spec := range []string{"none", "haar", "shift", "window:16"} {
		c := paper
		c.Mixer = spec
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		// 2,055,451 with a bias on the head, which GPT-2 does not have.
		if got := m.Parameters(); got != 2_055_424 {
			t.Errorf("%s: %d parameters, want 2,055,424", spec, got)
		}
		for _, tensor := range m.Tensors() {
			if tensor.Offset%16 != 0 {
				t.Errorf("%s starts at %d, not on a cache line", tensor.Name, tensor.Offset)
			}
		}
		if got := float64(m.FLOPs(512)) / 512; spec == "none" && math.Abs(got-15.76e6) > 0.02e6 {
			t.Errorf("%.4g FLOPs a token", got)
		}
	}
}

// The counts follow from the shapes of NanoChatForCausalLM and LlamaForCausalLM.
func TestParameterCountOfFamilies(t *testing.T) {
	for _, test := range []struct {
		family          string
		kv, want, norms int
	}{
		{"nanochat", 0, 2*27*128 + 10*(4*128*128+2*128*512), 0},
		{"nanochat", 8, 2*27*128 + 10*(4*128*128+2*128*512), 0},
		{"nanochat", 2, 2*27*128 + 10*(2*128*128+2*32*128+2*128*512), 0},
		{"llama", 2, 2*27*128 + 10*(2*128*128+2*32*128+3*128*512), 21 * 128},
	} {
		kv, want := test.kv, test.want+test.norms
		m, err := Outline(Config{Vocabulary: 27, Model: config.Model{
			Family: test.family, Layers: 10, Width: 128, Heads: 8, KVHeads: kv, Hidden: 512, Context: 512, Norm: "pre", Mixer: "none",
		}})
		if err != nil {
			t.Fatal(err)
		}
		weights := test.want - 27*128 // all but the embedding are in products
		if got, flops := m.Parameters(), int64(6*weights*512+6*10*128*512*513); got != want || m.FLOPs(512) != flops {
			t.Errorf("%s, %d heads of keys: %d parameters, %d FLOPs; want %d, %d", test.family, kv, got, m.FLOPs(512), want, flops)
		}
	}
}

func TestVariantsStartEqual(t *testing.T) {
	base, _ := New(tiny(nil))
	base.Init(7)
	for _, spec := range []string{"haar", "shift", "haar:delay=2", "taps", "window:3", "learned", "conv:3"} {
		m, _ := New(tiny(func(c *Config) { c.Mixer = spec }))
		m.Init(7)
		if len(m.Params) < len(base.Params) {
			t.Fatalf("%s has fewer parameters", spec)
		}
		for i, v := range base.Params {
			if m.Params[i] != v {
				t.Fatalf("%s: parameter %d starts at %v, the baseline's at %v", spec, i, m.Params[i], v)
			}
		}
	}
	other, _ := New(tiny(nil))
	other.Init(8)
	if w := other.Tensors()[0]; w.Of(other.Params)[0] == w.Of(base.Params)[0] {
		t.Error("another seed gives the same weight")
	}
}

// Weight decay is for the matrices of the blocks and the head: not for biases,
// norms, embeddings, positions and learned kernels.
func TestDecay(t *testing.T) {
	for _, c := range []Config{
		tiny(func(c *Config) { c.Mixer = "learned" }), tiny(func(c *Config) { c.Mixer = "conv:3" }), nano(1, func(c *Config) { c.Mixer = "learned" }), lama(nil),
	} {
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, tensor := range m.Tensors() {
			name := tensor.Name
			want := name == "lm_head.weight" || strings.HasSuffix(name, ".weight") && (strings.Contains(name, "attn.") || strings.Contains(name, ".mlp."))
			if tensor.Decay != want {
				t.Errorf("%s, %s: weight decay applies to %s: %v", c.Family, c.Mixer, name, tensor.Decay)
			}
		}
	}
}

func TestInit(t *testing.T) {
	for _, init := range []string{"", "gpt2", "width", "zero"} {
		t.Run(init, func(t *testing.T) { testInit(t, tiny(nil), init) })
		t.Run("nanochat"+init, func(t *testing.T) { testInit(t, nano(1, nil), init) })
		t.Run("llama"+init, func(t *testing.T) { testInit(t, lama(nil), init) })
	}
}

func testInit(t *testing.T, c Config, init string) {
	c.Width, c.Hidden, c.Vocabulary, c.Init = 64, 256, 100, init
	m, _ := New(c)
	m.Init(1)
	seen := map[float32]string{}
	for _, tensor := range m.Tensors() {
		ofMLP := strings.HasSuffix(tensor.Name, "mlp.c_proj.weight") || strings.HasSuffix(tensor.Name, "fc2.weight") || strings.HasSuffix(tensor.Name, "down_proj.weight")
		toResidual := ofMLP || strings.HasSuffix(tensor.Name, "attn.c_proj.weight") || strings.HasSuffix(tensor.Name, "o_proj.weight")
		if first := tensor.Of(m.Params)[0]; len(tensor.Shape) == 2 && !(init == "zero" && toResidual) {
			if other, ok := seen[first]; ok {
				t.Errorf("%s starts like %s", tensor.Name, other)
			}
			seen[first] = tensor.Name
		}
		var sum, squares float64
		for _, v := range tensor.Of(m.Params) {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		n := float64(tensor.Size())
		mean, std := sum/n, math.Sqrt(squares/n-sum*sum/n/n)
		wantMean, wantStd := 0.0, 0.02
		switch {
		case strings.HasSuffix(tensor.Name, ".bias"):
			wantStd = 0
		case strings.Contains(tensor.Name, ".ln_"), strings.HasSuffix(tensor.Name, "norm.weight"):
			wantMean, wantStd = 1, 0
		case init == "width" && ofMLP:
			wantStd = 1.0 / 16 / 2 // 1 / sqrt(hidden) / sqrt(2 layers)
		case init == "width" && toResidual:
			wantStd = 1.0 / 8 / 2
		case init == "width" && tensor.Decay:
			wantStd = 1.0 / 8 // 1 / sqrt(width)
		case init == "zero" && toResidual:
			wantStd = 0
			for i, v := range tensor.Of(m.Params) {
				if math.Float32bits(v) != 0 {
					t.Fatalf("%s: element %d is %v", tensor.Name, i, v)
				}
			}
		case init == "" && (strings.HasSuffix(tensor.Name, "fc2.weight") || c.Family == "llama"): // as their _init_weights
		case toResidual:
			wantStd = 0.01 // 0.02 / sqrt(2 layers)
		}
		if math.Abs(mean-wantMean) > 0.005 || math.Abs(std-wantStd) > 0.1*wantStd {
			t.Errorf("%s: mean %.4f, standard deviation %.4f; want %.4f, %.4f", tensor.Name, mean, std, wantMean, wantStd)
		}
	}
}
