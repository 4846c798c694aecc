package gpt

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// A spoiler does something to a model folder.
type spoiler func(t *testing.T, dir string)

// set changes a key of config.json; nil removes it.
func set(key string, value any) spoiler {
	return func(t *testing.T, dir string) {
		data, err := os.ReadFile(filepath.Join(dir, ConfigFile))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]json.RawMessage // 15.0 and 15 differ
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		if doc[key], err = json.Marshal(value); err != nil {
			t.Fatal(err)
		}
		if value == nil {
			delete(doc, key)
		}
		if data, err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
		write(ConfigFile, string(data))(t, dir)
	}
}

// write replaces a file.
func write(name, content string) spoiler {
	return func(t *testing.T, dir string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(name string) spoiler {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func truncate(name string, size int64) spoiler {
	return func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
			t.Fatal(err)
		}
	}
}

// directory puts a directory where a file belongs.
func directory(name string) spoiler {
	return func(t *testing.T, dir string) {
		remove(name)(t, dir)
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// rename gives the weights another name.
func rename(name string) spoiler {
	return func(t *testing.T, dir string) {
		if err := os.Rename(filepath.Join(dir, WeightsFile), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// tensors changes the tensors of the weights.
func tensors(change func(all []safetensors.Tensor) []safetensors.Tensor) spoiler {
	return func(t *testing.T, dir string) {
		f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var all []safetensors.Tensor
		for _, name := range f.Names() {
			tensor, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, tensor)
		}
		var out bytes.Buffer
		if err := safetensors.Write(&out, change(all), nil); err != nil {
			t.Fatal(err)
		}
		write(WeightsFile, out.String())(t, dir)
	}
}

// element sets one number of the fourth tensor.
func element(value float64) spoiler {
	return tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
		all[3].Data[5] = float32(value)
		return all
	})
}

func all(spoilers ...spoiler) spoiler {
	return func(t *testing.T, dir string) {
		for _, s := range spoilers {
			s(t, dir)
		}
	}
}

// dtype changes the type of a tensor in the header to one of equal width.
func dtype(name, to string) spoiler {
	return func(t *testing.T, dir string) {
		data, err := os.ReadFile(filepath.Join(dir, WeightsFile))
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, []byte(`"`+name+`"`))
		i := bytes.Index(data[at:], []byte(`"F32"`))
		copy(data[at+i+1:], to)
		write(WeightsFile, string(data))(t, dir)
	}
}

// isRefused checks that an error is one line, of limited length, that says what it should.
func isRefused(t *testing.T, err error, wants ...string) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
		t.Fatalf("error %v", err)
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// Whatever a folder holds, the answer is one line that names the file, and the
// memory it takes is bounded.
func TestLoadRefuses(t *testing.T) {
	extra := safetensors.Tensor{Name: "transformer.h.0.mlp.gate", Shape: []int{1}, Data: []float32{1}}
	plain := func(*Config) {}
	haar := func(c *Config) { c.Mixer = "haar" }
	learned := func(c *Config) { c.Mixer = "learned" }
	rope := func(c *Config) { c.Position, c.Width, c.Heads = "rope", 24, 1 }
	sinusoidal := func(c *Config) { c.Position, c.Width = "sinusoidal", 24 }
	for _, test := range []struct {
		name   string
		change func(*Config)
		spoil  spoiler
		want   []string // beside the folder
	}{
		{"no config.json", plain, remove(ConfigFile), []string{ConfigFile, "not a model folder"}},
		{"a directory as config.json", plain, directory(ConfigFile), []string{ConfigFile, "directory"}},
		{"half a document", plain, truncate(ConfigFile, 50), []string{ConfigFile, "truncated"}},
		{"an empty document", plain, truncate(ConfigFile, 0), []string{ConfigFile, "empty"}},
		{"two documents", plain, write(ConfigFile, `{"model_type":"gpt2"} {}`), []string{ConfigFile, "after the end"}},
		{"another document", plain, write(ConfigFile, `["gpt2"]`), []string{ConfigFile, "array"}},
		{"no text", plain, write(ConfigFile, "\x00\xff\n\n"), []string{ConfigFile, "not JSON"}},
		{"an endless document", plain, truncate(ConfigFile, maxConfigFile+1), []string{ConfigFile, "larger"}},
		{"another type", plain, set("model_type", "mistral"), []string{ConfigFile, `"mistral"`, "gpt2"}},
		{"a type of many lines", plain, set("model_type", "a\nb"), []string{ConfigFile, `a\nb`}},
		{"no type", plain, set("model_type", nil), []string{ConfigFile, "model_type"}},
		{"another activation", plain, set("activation_function", "relu"), []string{ConfigFile, `"relu"`, "gelu_new"}},
		{"another epsilon", plain, set("layer_norm_epsilon", 1e-6), []string{ConfigFile, "0.000001", "layer_norm_epsilon"}},
		{"attention without scale", plain, set("scale_attn_weights", false), []string{ConfigFile, "scale_attn_weights"}},
		{"attention scaled by layer", plain, set("scale_attn_by_inverse_layer_idx", true), []string{ConfigFile, "scale_attn_by_inverse_layer_idx"}},
		{"an encoder", plain, set("add_cross_attention", true), []string{ConfigFile, "add_cross_attention"}},
		{"heads that do not divide", plain, set("n_head", 5), []string{ConfigFile, "n_head = 5"}},
		{"a negative size", plain, set("n_layer", -1), []string{ConfigFile, "n_layer = -1"}},
		{"a value of another type", plain, set("n_layer", "two"), []string{ConfigFile, `n_layer is "two"`}},
		{"a fraction of a layer", plain, set("n_layer", 1.5), []string{ConfigFile, "n_layer is 1.5"}},
		{"a newer format", haar, set("format_version", 2), []string{ConfigFile, "format_version is 2", "newer"}},
		{"a newer format of a plain model", haar, all(set("format_version", 2), set("mixer", "none")), []string{ConfigFile, "format_version is 2", "newer"}},
		{"an alias in our own type", haar, set("hidden_size", 12), []string{ConfigFile, "unknown key", "hidden_size"}},
		{"a key of our own type in another case", haar, all(set("n_head", nil), set("N_HEAD", 2)), []string{ConfigFile, "unknown key", "N_HEAD"}},
		{"our operator as a gpt2", haar, set("model_type", "gpt2"), []string{ConfigFile, "format_version", "remove the key"}},
		{"no format", haar, set("format_version", nil), []string{ConfigFile, "format_version"}},
		{"an unknown key of our own type", haar, set("wavelets", 2), []string{ConfigFile, "wavelets"}},
		{"code of others", haar, set("auto_map", map[string]string{"AutoConfig": "other.Config"}), []string{ConfigFile, "auto_map"}},
		{"code that is no name", haar, set("auto_map", 3), []string{ConfigFile, "auto_map"}},
		{"an unknown operator", haar, set("mixer", "daubechies"), []string{ConfigFile, "daubechies"}},
		{"an operator of many words", haar, set("mixer", strings.Repeat("haar:", 1e4)), []string{ConfigFile, "mixer"}},
		{"an unknown key of many words", haar, set(strings.Repeat("key", 1e4), 1), []string{ConfigFile, "unknown key"}},
		{"a number of many digits", plain, write(ConfigFile, `{"model_type":"gpt2","n_embd":`+strings.Repeat("7", 1e4)+`}`), []string{ConfigFile, "n_embd"}},
		{"no operator", haar, set("mixer", ""), []string{ConfigFile, "model.mixer"}},

		{"no weights", plain, remove(WeightsFile), []string{WeightsFile}},
		{"a directory as weights", plain, directory(WeightsFile), []string{WeightsFile, "directory"}},
		{"truncated weights", plain, truncate(WeightsFile, 3000), []string{WeightsFile, "truncated"}},
		{"no safetensors", plain, write(WeightsFile, "PK\x03\x04 and so on"), []string{WeightsFile, "header"}},
		{"an index of nothing", plain, all(remove(WeightsFile), write(IndexFile, "{}")), []string{IndexFile, "weight_map"}},
		{"an adapter", plain, write("adapter_config.json", "{}"), []string{"adapter_config.json", "merge"}},
		{"weights as a program", plain, rename("pytorch_model.bin"), []string{"pytorch_model.bin", "safetensors"}},
		{"tied with a separate head", plain, set("tie_word_embeddings", true), []string{WeightsFile, "tie_word_embeddings", "lm_head.weight"}},
		{"tied as transformers says it", plain, set("tie_word_embeddings", nil), []string{WeightsFile, "tie_word_embeddings"}},
		{"transformers' vocabulary", plain, set("vocab_size", nil), []string{WeightsFile, "transformer.wte.weight", "[11 12]", "[50257 12]"}},
		{"another shape", plain, set("n_inner", 24), []string{WeightsFile, "transformer.h.0.mlp.c_fc.weight", "[12 20]", "[12 24]"}},
		{"no n_inner is four widths", plain, set("n_inner", nil), []string{WeightsFile, "[12 20]", "[12 48]"}},
		{"more layers", plain, set("n_layer", 3), []string{WeightsFile, "no tensor transformer.h.2.ln_1.weight"}},
		{"fewer layers", plain, set("n_layer", 1), []string{WeightsFile, `"transformer.h.1.ln_1.weight"`, "does not belong to the model"}},
		{"another operator's kernels", learned, set("mixer", "conv:3"), []string{WeightsFile, "mixer.0.weight"}},
		{"kernels without their operator", learned, set("mixer", "haar"), []string{WeightsFile, `"mixer.0.weight"`, "does not belong to the model"}},
		{"a missing tensor", plain, tensors(func(all []safetensors.Tensor) []safetensors.Tensor { return all[:len(all)-1] }), []string{WeightsFile, "no tensor lm_head.weight"}},
		{"one tensor more", plain, tensors(func(all []safetensors.Tensor) []safetensors.Tensor { return append(all, extra) }), []string{WeightsFile, extra.Name, "does not belong to the model"}},
		{"whole numbers", plain, dtype("transformer.ln_f.bias", "I32"), []string{WeightsFile, "transformer.ln_f.bias", "I32"}},
		{"NaN", plain, element(math.NaN()), []string{WeightsFile, "element 5", "not finite"}},
		{"infinity", plain, element(math.Inf(-1)), []string{WeightsFile, "element 5", "not finite"}},

		{"an absurd width", plain, set("n_embd", 1<<20), []string{ConfigFile, "parameters"}},
		{"a width beyond all bounds", plain, set("n_embd", 1e18), []string{ConfigFile, "n_embd"}},
		{"the largest width of one layer", plain, all(set("n_embd", 16384), set("n_head", 1), set("n_layer", 1)), []string{WeightsFile, "[11 12]"}},
		{"as many layers as there may be", plain, set("n_layer", 1024), []string{WeightsFile, "transformer.h.2"}},
		{"absurd kernels", learned, set("mixer", "conv:1048576:fraction=1"), []string{WeightsFile, "mixer.0.weight", "[1048576 12]"}},
		{"a model of nothing but kernels", learned, all(set("n_embd", 4096), set("mixer", "conv:1048576")), []string{ConfigFile, "parameters"}},
		{"an absurd context", learned, set("n_positions", 1<<20), []string{WeightsFile, "transformer.wpe.weight"}},
		{"an absurd context of angles", rope, set("n_positions", 1<<20), []string{WeightsFile, "1048576 positions with rope", "96 MB"}},
		{"an absurd context of sines", sinusoidal, set("n_positions", 1<<20), []string{WeightsFile, "1048576 positions with sinusoidal", "96 MB"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := saveFolder(t, newModel(t, tiny(test.change)))
			test.spoil(t, dir)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Load(dir)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
				t.Errorf("%d MB are allocated", took>>20)
			}
			isRefused(t, err, append(slices.Clone(test.want), dir)...)
		})
	}
}

// Whatever config.json says, the answer to it and to sound weights is a model
// or one line, in bounded memory.
func FuzzLoadConfig(f *testing.F) {
	for _, change := range []func(*Config){
		nil,
		func(c *Config) { c.Mixer = "learned:min=2:last=off" },
		func(c *Config) { c.Position, c.Norm, c.Mixer = "rope", "post", "ema:linear" },
		func(c *Config) { c.Position, c.Mixer = "sinusoidal", "window:3:prefix=count" },
		func(c *Config) { c.Family, c.Position, c.KVHeads = "nanochat", "", 1 },
		func(c *Config) { c.Family, c.Position, c.Mixer = "nanochat", "", "haar:at=kv" },
		func(c *Config) { c.Family, c.Position = "llama", "" },
		func(c *Config) { c.Family, c.Position, c.Mixer = "llama", "", "haar" },
	} {
		m, err := New(tiny(change))
		if err != nil {
			f.Fatal(err)
		}
		var doc bytes.Buffer
		if err := m.WriteConfig(&doc); err != nil {
			f.Fatal(err)
		}
		f.Add(doc.Bytes())
	}
	f.Add([]byte(`{"model_type":"gpt2"}`))
	f.Add([]byte(`{"model_type":"gpt2","vocab_size":11,"max_position_embeddings":9,"hidden_size":12,"num_hidden_layers":2,"num_attention_heads":3,"n_inner":20,"tie_word_embeddings":false}`))
	f.Add([]byte(`{"model_type":"gpt2","n_head":null,"id2label":{"0":"a"},"attn_implementation":"eager","layer_norm_epsilon":1e-05}`))
	f.Add([]byte(`{"model_type":"nanochat","vocab_size":11,"max_position_embeddings":9,"hidden_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"intermediate_size":20,"rope_theta":10000}`))
	files := map[string]*bytes.Buffer{} // of each family
	for _, c := range []Config{tiny(nil), nano(1, nil), lama(nil)} {
		m, err := New(c)
		if err != nil {
			f.Fatal(err)
		}
		files[c.Family] = new(bytes.Buffer)
		if err := m.WriteWeights(files[c.Family]); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var weights *bytes.Buffer
		m, err := func() (*Model, error) {
			c, tied, err := parseConfig(doc)
			if err != nil {
				return nil, err
			}
			m, err := Outline(c)
			if err != nil {
				return nil, err
			}
			weights = files[c.Family]
			file, err := safetensors.Read(bytes.NewReader(weights.Bytes()), int64(weights.Len()))
			if err != nil {
				t.Fatal(err)
			}
			return m, m.load(file, tied)
		}()
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 1000 {
				t.Fatalf("error of %d letters: %q", len(text), text)
			}
			return
		}
		if len(m.Params) > weights.Len()/2 {
			t.Fatalf("%d parameters of a file of %d bytes", len(m.Params), weights.Len())
		}
		if _, err := m.NewDecoder().Prefill(m.NewStream(), []uint16{0, 10, 3}); err != nil {
			t.Fatal(err)
		}
	})
}
