package gpt

import (
	"bytes"
	"context"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// folders runs internal/oracle/folders.py.
func folders(t *testing.T, args ...string) {
	t.Helper()
	oracle.Python(t, "../internal/oracle/folders.py", args...)
}

// greedy continues tokens by the n most likely ones.
func greedy(t *testing.T, m *Model, tokens []uint16, n int) (next []float32) {
	t.Helper()
	err := m.Generate(context.Background(), tokens, n, Sampling{TopP: 1}, 0, func(token uint16) error {
		next = append(next, float32(token))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// transformers opens a plain folder with our logits and our continuation, and
// refuses any other without the code that it carries.
func TestTransformersOpensFolder(t *testing.T) {
	root := t.TempDir()
	args := []string{"check"}
	changes := map[string]func(*Config){
		"plain":         nil,
		"plain-dropout": func(c *Config) { c.Dropout, c.Layers = 0.2, 3 },
		"haar":          func(c *Config) { c.Mixer = "haar" },
		"learned":       func(c *Config) { c.Mixer = "learned" },
		"post":          func(c *Config) { c.Norm = "post" },
		"rope":          func(c *Config) { c.Position = "rope" },
		"sinusoidal":    func(c *Config) { c.Position = "sinusoidal" },

		"nanochat":         func(c *Config) { c.Family, c.Position, c.Dropout = "nanochat", "", 0.2 },
		"nanochat-grouped": func(c *Config) { c.Family, c.Position, c.KVHeads = "nanochat", "", 1 },
		"llama":            func(c *Config) { c.Family, c.Position, c.KVHeads = "llama", "", 1 },
		"nanochat-haar":    func(c *Config) { c.Family, c.Position, c.Mixer = "nanochat", "", "haar" },
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		change := changes[name]
		m := newModel(t, tiny(func(c *Config) {
			c.Context = 24
			if change != nil {
				change(c)
			}
		}))
		dir := filepath.Join(root, name)
		if err := os.Rename(saveFolder(t, m), dir); err != nil {
			t.Fatal(err)
		}
		args = append(args, dir)
		const T, n = 9, 12
		ids := tokens(T, m.Config.Vocabulary)
		given := make([]float32, T)
		for i, id := range ids {
			given[i] = float32(id)
		}
		var expected bytes.Buffer
		err := safetensors.Write(&expected, []safetensors.Tensor{
			{Name: "tokens", Shape: []int{T}, Data: given},
			{Name: "logits", Shape: []int{T, m.Config.Vocabulary}, Data: m.NewWorkspace().Logits(ids)},
			{Name: "continuation", Shape: []int{n}, Data: greedy(t, m, ids, n)},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		write("expected.safetensors", expected.String())(t, dir)
	}
	folders(t, args...)
}

// The way back: what transformers writes opens here with its logits and its
// continuation.
func TestOpensTransformersFolder(t *testing.T) {
	root := filepath.Join(t.TempDir(), "gpt2")
	args := []string{"write", root}
	forms := []string{"tied", "untied", "base", "old", "bfloat16", "sharded",
		"nanochat", "nanochat-heads", "nanochat-tied", "nanochat-base", "nanochat-old", "nanochat-bfloat16", "nanochat-sharded",
		"llama", "llama-heads", "llama-tied", "llama-old"}
	if !testing.Short() {
		args, forms = append(args, "--small"), append(forms, "small")
	}
	folders(t, args...)
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			m, err := Load(filepath.Join(root, form))
			if err != nil {
				t.Fatal(err)
			}
			expected, err := safetensors.Open(filepath.Join(root, form, "expected.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer expected.Close()
			var ids []uint16
			for _, id := range oracle.Ints(t, expected, "tokens") {
				ids = append(ids, uint16(id))
			}
			d, s := m.NewDecoder(), m.NewStream()
			var logits []float32
			for _, id := range ids {
				row, err := d.Step([]*Stream{s}, []uint16{id})
				if err != nil {
					t.Fatal(err)
				}
				logits = append(logits, row...)
			}
			theirs := oracle.Floats(t, expected, "logits")
			oracle.Compare(t, "logits", logits, theirs, 1e-5)
			off, largest := 0.0, 0.0
			for i, l := range theirs {
				off = max(off, math.Abs(float64(logits[i]-l)))
				largest = max(largest, math.Abs(float64(l)))
			}
			want := oracle.Ints(t, expected, "continuation")
			for i, token := range greedy(t, m, ids, len(want)) {
				if int64(token) != want[i] {
					t.Errorf("token %d of the continuation is %v, want %v", i, token, want[i])
				}
			}
			t.Logf("%s: opened here; logits are off by %.1e of the largest; generate gives the same %d tokens: %v", form, off/largest, len(want), !t.Failed())
			if form == "small" && m.Parameters() != 124_439_808+50257*768 {
				t.Errorf("%d parameters, want GPT-2 small's and the head", m.Parameters())
			}
		})
	}
}

// The forms of the way back without transformers: the same folder, rewritten.
func TestLoadForms(t *testing.T) {
	change := func(c *Config) { c.Hidden = 4 * c.Width }
	m := newModel(t, tiny(change))
	copy(m.head.weight.of(m.Params), m.wte.of(m.Params))
	m.Pack()
	headless := tensors(func(all []safetensors.Tensor) []safetensors.Tensor { return all[:len(all)-1] })
	headOnly := tensors(func(all []safetensors.Tensor) []safetensors.Tensor { return all[1:] })
	bare := tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		for i := range all {
			all[i].Name = strings.TrimPrefix(all[i].Name, "transformer.")
		}
		return all
	})
	masks := tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		return append(all,
			safetensors.Tensor{Name: "h.1.attn.bias", Shape: []int{1, 1, 1, 2}, Data: []float32{1, 0}},
			safetensors.Tensor{Name: "h.1.attn.masked_bias", Data: []float32{float32(math.Inf(-1))}})
	})
	opensAs(t, m, map[string]spoiler{
		"as it is":            all(),
		"tied, with its head": set("tie_word_embeddings", true),
		"tied":                all(set("tie_word_embeddings", true), headless),
		"tied by default":     all(set("tie_word_embeddings", nil), headless),
		"tied, the head only": all(set("tie_word_embeddings", true), headOnly),
		"the same, bare":      all(set("tie_word_embeddings", true), headOnly, bare),
		"the same, in files":  all(set("tie_word_embeddings", true), headOnly, sharded(nil)),
		"in files, bare":      all(bare, masks, sharded(nil)),
		"without prefix":      bare,
		"with masks":          all(bare, masks),
		"n_inner by default":  set("n_inner", nil),
		"keys of others":      all(set("n_ctx", 9), set("eos_token_id", []int{1, 2}), set("torch_dtype", "float16"), set("use_cache", false)),
		"GELU's other name":   set("activation_function", "gelu_pytorch_tanh"),
		"aliases":             all(set("n_head", nil), set("num_attention_heads", 2), set("n_embd", nil), set("hidden_size", 12)),
		"an alias over a key": all(set("n_layer", 7), set("num_hidden_layers", 2)),
		"a key of other case": set("N_HEAD", 3),
	})
}

// opensAs checks that the folder of a model gives its logits in every form.
func opensAs(t *testing.T, m *Model, forms map[string]spoiler) {
	t.Helper()
	ids := tokens(m.Config.Context, m.Config.Vocabulary)
	want := m.NewWorkspace().Logits(ids)
	for name, rewrite := range forms {
		dir := saveFolder(t, m)
		rewrite(t, dir)
		got, err := Load(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(got.NewWorkspace().Logits(ids), want) {
			t.Errorf("%s: the logits differ", name)
		}
	}
}
