package gpt

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/rng"
)

func tiny(change func(c *Config)) Config {
	c := Config{Vocabulary: 11, Model: config.Model{
		Family: "gpt2", Layers: 2, Width: 12, Heads: 2, Hidden: 20, Context: 9, Position: "learned", Norm: "pre", Mixer: "none",
	}}
	if change != nil {
		change(&c)
	}
	return c
}

// nano is tiny of the family nanochat, with so many heads of keys and values.
func nano(kvHeads int, change func(c *Config)) Config {
	return tiny(func(c *Config) {
		c.Family, c.Position, c.KVHeads = "nanochat", "", kvHeads
		if change != nil {
			change(c)
		}
	})
}

// lama is tiny of the family llama, with shared keys and values.
func lama(change func(c *Config)) Config {
	return nano(1, func(c *Config) {
		c.Family = "llama"
		if change != nil {
			change(c)
		}
	})
}

// everySetting is all combinations of family, positions and norm, by name.
func everySetting() map[string]Config {
	all := map[string]Config{"nanochat": nano(0, nil), "nanochat-grouped": nano(1, nil), "llama": lama(nil)}
	for _, position := range []string{"learned", "sinusoidal", "rope"} {
		for _, norm := range []string{"pre", "post"} {
			all[position+"-"+norm] = tiny(func(c *Config) { c.Position, c.Norm = position, norm })
		}
	}
	return all
}

// variants are the operators that every test of the model runs through: each
// kind, with and without its place after the last block, at all places and with all
// mixes. With WAVELETGPT_SLOW set it is every kind at every place with every mix.
var variants = slices.Concat([]string{
	"none", "haar", "haar:min=2:last=off", "haar:prefix=count:fraction=0.75", "window:3", "window:100:last=off",
	"shift", "shift:fraction=0.75:last=off", "ema:linear", "ema:matched:last=off",
	"haar:delay=1:share=halving", "taps", "learned", "learned:min=2:last=off", "conv:3", "conv:4:fraction=1:last=off",
}, placed, []string{
	"haar:at=input", "past:at=block+input:mix=gate", "learned:at=kv", "conv:4:at=input+kv:mix=add", "conv:3:at=qkv:mix=gate", "scale:at=mlp", "scale:at=block+kv",
	"dyadic:at=embedding", "ema:linear:at=v:mix=gate", "haar:detail=on:at=input", "windows:2x1@1+1x3@2+1xctx:at=block+qkv:mix=add", "haar:prefix=count:at=embedding+kv:layers=1",
}, everywhere())

// everywhere is every kind at every place with every mix.
func everywhere() (specs []string) {
	if os.Getenv("WAVELETGPT_SLOW") == "" {
		return nil
	}
	for _, kind := range []string{
		"haar", "past", "dyadic", "window:3", "windows:2x1@1+1x3@2+1xctx", "shift", "taps", "ema:linear", "ema:matched", "learned", "conv:3", "scale", "haar:detail=on",
	} {
		for _, at := range []string{"block", "input", "attention", "mlp", "qkv", "kv", "q", "k", "v", "embedding", "block+input", "block+input+qkv+embedding"} {
			for _, mix := range []string{"replace", "add", "gate"} {
				if spec := kind + ":at=" + at; kind != "scale" {
					specs = append(specs, spec+":mix="+mix)
				} else if mix == "replace" {
					specs = append(specs, spec)
				}
			}
		}
	}
	return specs
}

func newModel(t *testing.T, c Config) *Model {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	// Larger weights than GPT-2's initial ones, so that every path counts.
	r := rng.New(5, rng.Init, 0)
	for _, tensor := range m.Tensors() {
		p := tensor.Of(m.Params)
		for i := range p {
			p[i] += float32(0.3 * r.Normal(uint64(tensor.Offset+i)))
		}
	}
	m.Pack()
	return m
}

func tokens(n, vocabulary int) []uint16 {
	r := rng.New(8, rng.Windows, 0)
	ids := make([]uint16, n)
	for i := range ids {
		ids[i] = uint16(r.Uint64n(uint64(i), uint64(vocabulary)))
	}
	return ids
}

// Equal models give equal bits, whichever workspace computes and whatever it
// computed before.
func TestDeterministic(t *testing.T) {
	check := func(c Config) {
		c.Dropout = 0.2
		ids := tokens(10, c.Vocabulary)
		compute := func(w *Workspace) (losses, grad []float32) {
			w.Forward(ids[:9], &Noise{Seed: 1, Step: 4})
			losses = slices.Clone(w.Loss(ids[1:]))
			grad = make([]float32, len(w.m.Params))
			w.Backward(grad, ids[1:], 1)
			return losses, grad
		}
		used := newModel(t, c).NewWorkspace()
		used.Forward(ids[3:8], nil)
		used.Loss(ids[4:9])
		used.Backward(make([]float32, len(used.m.Params)), ids[4:9], 3)
		losses, grad := compute(used)
		freshLosses, freshGrad := compute(newModel(t, c).NewWorkspace())
		if !slices.Equal(losses, freshLosses) || !slices.Equal(grad, freshGrad) {
			t.Errorf("%s, %s: losses equal: %v, gradients equal: %v", c.Family, c.Mixer, slices.Equal(losses, freshLosses), slices.Equal(grad, freshGrad))
		}
	}
	for _, spec := range variants {
		check(tiny(func(c *Config) { c.Mixer = spec }))
		check(nano(1, func(c *Config) { c.Mixer = spec }))
	}
}

// Every combination of the settings, against central differences of the loss.
func TestGradients(t *testing.T) {
	if testing.Short() {
		t.Skip("many differences on one goroutine: nothing for the race detector")
	}
	for name, c := range everySetting() {
		for _, c.Dropout = range []float64{0, 0.2} {
			if c.Family != "gpt2" && (c.Dropout > 0) == (c.KVHeads > 0) {
				continue // one of both is enough
			}
			for _, c.Mixer = range variants {
				t.Run(fmt.Sprintf("%s-%v-%s", name, c.Dropout, c.Mixer), func(t *testing.T) { checkGradients(t, c) })
			}
		}
	}
}

func checkGradients(t *testing.T, c Config) {
	m := newModel(t, c)
	w := m.NewWorkspace()
	ids := tokens(8, c.Vocabulary) // shorter than the context
	noise := &Noise{Seed: 1, Step: 4, Sequence: 3}
	loss := func() float64 {
		m.Pack()
		w.Forward(ids[:7], noise)
		sum := 0.0
		for _, l := range w.Loss(ids[1:]) {
			sum += float64(l)
		}
		return sum
	}
	at := loss()
	grad := make([]float32, len(m.Params))
	w.Backward(grad, ids[1:], 2)
	for _, tensor := range m.Tensors() {
		p, g := tensor.Of(m.Params), tensor.Of(grad)
		// The difference along the gradient itself is the largest there is,
		// so float32 rounding hurts it least.
		norm := 0.0
		for _, v := range g {
			norm += float64(v) * float64(v)
		}
		norm = math.Sqrt(norm)
		if strings.HasSuffix(tensor.Name, "c_attn.bias") {
			continue // a third of it has no gradient; the weight covers it
		}
		if norm == 0 {
			t.Errorf("%s has no gradient", tensor.Name)
			continue
		}
		h := min(1e-2, 0.05/norm) // the loss bends where it is steep
		old := append([]float32(nil), p...)
		move := func(by float64) float64 {
			for i := range p {
				p[i] = old[i] + float32(by*float64(g[i])/norm)
			}
			return loss()
		}
		want := 2 * (8*(move(h)-move(-h)) - (move(2*h) - move(-2*h))) / (12 * h)
		copy(p, old)
		rounding := 2e-7 * at / h
		if math.Abs(norm-want) > 2e-3*(0.1+norm)+rounding {
			t.Errorf("%s: the gradient's norm is %v, the slope along it %v", tensor.Name, norm, want)
		}
	}
}

func TestCausal(t *testing.T) {
	for i, spec := range slices.Concat(variants, variants) {
		m := newModel(t, tiny(func(c *Config) { c.Mixer = spec }))
		if i >= len(variants) {
			m = newModel(t, nano(1, func(c *Config) { c.Mixer = spec }))
		}
		w := m.NewWorkspace()
		ids := tokens(9, 11)
		before := append([]float32(nil), w.Logits(ids)...)
		ids[5] = (ids[5] + 1) % 11
		after := w.Logits(ids)
		for i := range 5 * 11 {
			if before[i] != after[i] {
				t.Fatalf("%s: token 5 changes the logits at position %d", spec, i/11)
			}
		}
		if before[5*11] == after[5*11] {
			t.Errorf("%s: token 5 does not change its own logits", spec)
		}
	}
}

func TestDropout(t *testing.T) {
	m := newModel(t, tiny(func(c *Config) { c.Dropout = 0.25; c.Context = 400; c.Width = 40 }))
	w := m.NewWorkspace()
	w.Forward(tokens(400, 11), &Noise{Seed: 1, Step: 1})
	x := make([]float32, 400*40)
	for i := range x {
		x[i] = 1
	}
	w.drop(x, tokenRange{0, 400}, 2)
	zeros, sum := 0, 0.0
	for _, v := range x {
		if v == 0 {
			zeros++
		}
		sum += float64(v)
	}
	n := float64(len(x))
	if share := float64(zeros) / n; math.Abs(share-0.25) > 0.015 || math.Abs(sum/n-1) > 0.02 {
		t.Errorf("%.3f of the values are dropped, the mean is %.3f; want 0.25 and 1", share, sum/n)
	}
	ones := func() []float32 {
		y := make([]float32, len(x))
		for i := range y {
			y[i] = 1
		}
		return y
	}
	parts := ones()
	for from := 0; from < 400; from += 50 {
		r := tokenRange{from, 50}
		w.drop(r.of(parts, 40), r, 2)
	}
	if !slices.Equal(x, parts) {
		t.Error("the mask of some rows differs from that of all")
	}
	other := ones()
	w.drop(other, tokenRange{0, 400}, 3)
	if slices.Equal(x, other) {
		t.Error("two places have the same mask")
	}
	for _, noise := range []Noise{{1, 1, 1}, {1, 2, 0}, {2, 1, 0}} {
		other := ones()
		w.noise = &noise
		w.drop(other, tokenRange{0, 400}, 2)
		if slices.Equal(x, other) {
			t.Errorf("another sequence, step or seed has the same mask: %+v", noise)
		}
	}
}

// The operator's operations and parameters count at every place where it stands, the
// operations once forward and once backward.
func TestFLOPs(t *testing.T) {
	count := func(spec string) (flops int64, parameters int) {
		m, err := New(tiny(func(c *Config) { c.Mixer = spec }))
		if err != nil {
			t.Fatal(err)
		}
		return m.FLOPs(9), m.Parameters()
	}
	plain, parameters := count("none")
	for _, operator := range []string{"haar", "ema:linear", "learned", "haar:mix=gate", "conv:3:mix=add"} {
		behind, more := count(operator)
		behind, more = behind-plain, more-parameters // of two blocks
		for at, halves := range map[string]int{
			"attention": 2, "mlp": 2, "input": 4, "q": 2, "kv": 4, "qkv": 6, "block+input": 6, "embedding": 1, "block:layers=1": 1, "input:last=off": 2, "embedding+v:last=off": 2,
		} {
			flops, own := count(operator + ":at=" + at)
			if got, want := flops-plain, behind*int64(halves)/2; got != want {
				t.Errorf("%s:at=%s has %d FLOPs more than none, want %d", operator, at, got, want)
			}
			if got, want := own-parameters, more*halves/2; got != want {
				t.Errorf("%s:at=%s has %d parameters more than none, want %d", operator, at, got, want)
			}
		}
	}
}

func TestNewRejects(t *testing.T) {
	tests := []struct {
		change func(c *Config)
		want   string
	}{
		{func(c *Config) { c.Heads = 5 }, "heads"},
		{func(c *Config) { c.Vocabulary = 0 }, "vocabulary"},
		{func(c *Config) { c.Vocabulary = 65537 }, "vocabulary"},
		{func(c *Config) { c.Mixer = "harr" }, "model.mixer"},
		{func(c *Config) { c.Width, c.Heads = 1<<20, 1 }, "parameters"},
		{func(c *Config) { c.Width, c.Heads, c.Position = 9, 3, "rope" }, "rope"},
		{func(c *Config) { c.Position = "absolute" }, "model.position"},
		{func(c *Config) { c.Family = "" }, "model.family"},
	}
	for _, test := range tests {
		if _, err := New(tiny(test.change)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}

// Only an operator with parameters reads a block's output again in the backward pass.
func TestOutputsOfBlocksAreKeptForLearnedOperators(t *testing.T) {
	size := func(mixer string) int64 {
		m, err := Outline(Config{Vocabulary: 7, Model: config.Model{
			Family: "gpt2", Layers: 3, Width: 8, Heads: 2, Hidden: 16, Context: 32, Position: "rope", Norm: "pre", Mixer: mixer,
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, workspace := m.Memory()
		return workspace
	}
	plain := size("none")
	if got := size("haar"); got != plain {
		t.Errorf("a workspace of haar has %d bytes, of none %d", got, plain)
	}
	if got, want := size("conv:3"), plain+3*32*8*4; got != want {
		t.Errorf("a workspace of conv:3 has %d bytes, want %d", got, want)
	}
}

// Initial values of the paper's configuration.
func BenchmarkInit(b *testing.B) {
	c, err := config.Preset("paper")
	if err != nil {
		b.Fatal(err)
	}
	m, err := New(Config{Model: c.Model, Vocabulary: 27})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Init(1)
	}
}
