package gpt

import (
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// oracleModel returns the model of a variant of a family's fixture with its weights. Heads
// that share keys and values have those of the first ones.
func oracleModel(t *testing.T, f *safetensors.File, variant string) (*Model, oracle.Config) {
	t.Helper()
	c := oracle.Configuration(t, f)
	spec, settings, _ := strings.Cut(variant, " ")
	full := config.Config{Model: config.Model{
		Family: c.Family, Layers: c.Layers, Width: c.Width, Heads: c.Heads, Hidden: c.Hidden, Context: c.Context,
		Norm: "pre", Mixer: spec,
	}}
	for _, setting := range strings.Fields(settings) {
		if err := full.Set(setting); err != nil {
			t.Fatal(err)
		}
	}
	m, err := New(Config{Vocabulary: c.Vocabulary, Model: full.Model})
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range m.Tensors() {
		name := "weights/" + tensor.Name
		if strings.HasPrefix(tensor.Name, "mixer.") {
			name = variant + "/" + name
		}
		copy(tensor.Of(m.Params), oracle.Floats(t, f, name))
	}
	m.Pack()
	return m, c
}

// whole are the variants whose every gradient is in the fixtures.
var whole = []string{"gpt2/none", "gpt2/haar", "gpt2/none model.norm=post", "nanochat/none", "nanochat/none model.kv_heads=2", "llama/none model.kv_heads=2"}

// Logits, loss and gradients against transformers.GPT2LMHeadModel and, with
// norm = post, OpenAIGPTLMHeadModel; and against NanoChatForCausalLM and LlamaForCausalLM.
// For the operators, these with the defining convolution after every block.
func TestOracle(t *testing.T) {
	for _, family := range []string{"gpt2", "nanochat", "llama"} {
		f := oracle.Load(t, family)
		for _, name := range f.Names() {
			if variant, ok := strings.CutSuffix(name, "/logits"); ok {
				t.Run(family+"/"+variant, func(t *testing.T) { checkOracle(t, f, variant) })
			}
		}
	}
}

func checkOracle(t *testing.T, f *safetensors.File, variant string) {
	m, c := oracleModel(t, f, variant)
	tokens := oracle.Ints(t, f, "tokens")
	w := m.NewWorkspace()
	grad := make([]float32, len(m.Params))
	var logits []float32
	loss := 0.0
	rows := c.Batch * c.Context
	for b := range c.Batch {
		ids := make([]uint16, c.Context+1)
		for i := range ids {
			ids[i] = uint16(tokens[b*(c.Context+1)+i])
		}
		logits = append(logits, w.Logits(ids[:c.Context])...)
		w.Forward(ids[:c.Context], nil)
		for _, l := range w.Loss(ids[1:]) {
			loss += float64(l) / float64(rows)
		}
		w.Backward(grad, ids[1:], 1/float32(rows))
	}
	oracle.Compare(t, "logits", logits, oracle.Floats(t, f, variant+"/logits"), 4e-6)
	oracle.Compare(t, "loss", []float32{float32(loss)}, oracle.Floats(t, f, variant+"/loss"), 1e-6)
	compared := 0
	for _, tensor := range m.Tensors() {
		name := variant + "/grad/" + tensor.Name
		if _, ok := f.Info(name); ok {
			oracle.Compare(t, name, tensor.Of(grad), oracle.Floats(t, f, name), 1e-5)
			compared++
		}
	}
	if slices.Contains(whole, c.Family+"/"+variant) && compared != len(m.Tensors()) || compared < 7 {
		t.Errorf("%d of %d gradients compared", compared, len(m.Tensors()))
	}
}
