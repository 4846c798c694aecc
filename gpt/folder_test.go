package gpt

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// saveFolder writes a model folder.
func saveFolder(t *testing.T, m *Model) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, file := range m.Files() {
		var data bytes.Buffer
		if err := file.Write(&data); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file.Name), data.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// document reads config.json.
func document(t *testing.T, dir string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// checkDocument compares the config.json in a directory with the JSON of every key that
// it must have; there must be no other.
func checkDocument(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		var got bytes.Buffer
		if err := json.Compact(&got, doc[key]); err != nil || got.String() != want[key] {
			t.Errorf("%s is %s, want %s", key, got.String(), want[key])
		}
		delete(doc, key)
	}
	if len(doc) > 0 {
		t.Errorf("more keys: %v", doc)
	}
}

// A folder gives the model that was written: shape, weights, logits.
func TestFolderRoundTrip(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain":      nil,
		"dropout":    func(c *Config) { c.Dropout = 0.25 },
		"haar":       func(c *Config) { c.Mixer = "haar:min=2:last=off" },
		"shift":      func(c *Config) { c.Mixer = "shift" },
		"post":       func(c *Config) { c.Norm = "post" },
		"rope":       func(c *Config) { c.Position = "rope" },
		"sinusoidal": func(c *Config) { c.Position, c.Mixer = "sinusoidal", "window:3" },

		"nanochat":         func(c *Config) { c.Family, c.Position = "nanochat", "" },
		"nanochat-grouped": func(c *Config) { c.Family, c.Position, c.KVHeads, c.Dropout = "nanochat", "", 1, 0.25 },
		"nanochat-haar":    func(c *Config) { c.Family, c.Position, c.KVHeads, c.Mixer = "nanochat", "rope", 2, "haar:at=kv" },
		"llama":            func(c *Config) { c.Family, c.Position, c.KVHeads, c.Dropout = "llama", "", 1, 0.25 },
		"llama-haar":       func(c *Config) { c.Family, c.Position, c.Mixer = "llama", "", "haar" },
		"nanochat-learned": func(c *Config) { c.Family, c.Position, c.KVHeads, c.Mixer = "nanochat", "", 1, "learned:at=block+k" },
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, tiny(change))
			got, err := Load(saveFolder(t, m))
			if err != nil {
				t.Fatal(err)
			}
			if got.Config != m.Config {
				t.Errorf("configuration %+v, want %+v", got.Config, m.Config)
			}
			if !slices.Equal(got.Params, m.Params) {
				t.Error("the weights differ")
			}
			ids := tokens(9, 11)
			if !slices.Equal(got.NewWorkspace().Logits(ids), m.NewWorkspace().Logits(ids)) {
				t.Error("the logits differ")
			}
		})
	}
}

// A plain model is a gpt2 with every key that decides its logits, and none that
// transformers would not know.
func TestPlainFolderIsGPT2(t *testing.T) {
	dir := saveFolder(t, newModel(t, tiny(func(c *Config) { c.Dropout = 0.25 })))
	checkDocument(t, dir, map[string]string{
		"architectures": `["GPT2LMHeadModel"]`, "model_type": `"gpt2"`,
		"vocab_size": "11", "n_positions": "9", "n_embd": "12", "n_layer": "2", "n_head": "2", "n_inner": "20",
		"activation_function": `"gelu_new"`, "layer_norm_epsilon": "0.00001", "initializer_range": "0.02",
		"tie_word_embeddings": "false", "embd_pdrop": "0.25", "resid_pdrop": "0.25", "attn_pdrop": "0",
		"dtype": `"float32"`, "bos_token_id": "null", "eos_token_id": "null",
	})

	f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Metadata(); !maps.Equal(got, map[string]string{"format": "pt"}) {
		t.Errorf("metadata %v", got)
	}
	names := f.Names()
	for _, name := range []string{"transformer.wte.weight", "transformer.wpe.weight", "transformer.h.1.attn.c_attn.weight", "transformer.ln_f.bias", "lm_head.weight"} {
		if !slices.Contains(names, name) {
			t.Errorf("no tensor %s in %v", name, names)
		}
	}
}

// Any other model is of a type that transformers refuses: it would leave out
// what it does not know.
func TestOtherFoldersAreNotGPT2(t *testing.T) {
	for key, change := range map[string]func(*Config){
		"mixer":    func(c *Config) { c.Mixer = "haar" },
		"norm":     func(c *Config) { c.Norm = "post" },
		"position": func(c *Config) { c.Position = "rope" },
	} {
		m := newModel(t, tiny(change))
		doc := document(t, saveFolder(t, m))
		if doc["model_type"] != "waveletgpt" || slices.Equal(doc["architectures"].([]any), []any{"GPT2LMHeadModel"}) {
			t.Errorf("%s: %v of type %v", key, doc["architectures"], doc["model_type"])
		}
		want := map[string]string{"mixer": m.Config.Mixer, "norm": m.Config.Norm, "position": m.Config.Position}
		for k, w := range want {
			if doc[k] != w {
				t.Errorf("%s is %v, want %s", k, doc[k], w)
			}
		}
	}
}

// An operator that this program does not know is refused by its name.
func TestLoadUnknownMixer(t *testing.T) {
	dir := saveFolder(t, newModel(t, tiny(func(c *Config) { c.Mixer = "haar" })))
	path := filepath.Join(dir, ConfigFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(`"haar"`), []byte(`"daubechies"`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "daubechies") {
		t.Error(err)
	}
}
