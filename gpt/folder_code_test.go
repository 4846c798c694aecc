package gpt

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A model that transformers knows is a folder without code. Any other carries the
// model in PyTorch, byte for byte as it is in the repository, and its config.json says
// so.
func TestFolderCarriesCode(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain":      nil,
		"haar":       func(c *Config) { c.Mixer = "haar" },
		"nanochat":   func(c *Config) { c.Family, c.Position, c.Mixer = "nanochat", "rope", "haar" },
		"llama":      func(c *Config) { c.Family, c.Position, c.Mixer = "llama", "rope", "haar" },
		"post":       func(c *Config) { c.Norm = "post" },
		"rope":       func(c *Config) { c.Position = "rope" },
		"sinusoidal": func(c *Config) { c.Position = "sinusoidal" },
	} {
		t.Run(name, func(t *testing.T) {
			dir := saveFolder(t, newModel(t, tiny(change)))
			var got []string
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				got = append(got, e.Name())
			}
			want := []string{"config.json", "model.safetensors"}
			if change != nil {
				want = []string{"config.json", "model.safetensors", "modeling_waveletgpt.py", "wavelet_operator.py"}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("files %v, want %v", got, want)
			}
			if err := CheckCode(os.DirFS(dir)); err != nil {
				t.Error(err)
			}
			autoMap, there := document(t, dir)["auto_map"].(map[string]any)
			if there != (change != nil) {
				t.Fatalf("auto_map %v", autoMap)
			}
			for _, name := range want[2:] {
				carried, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				source, err := os.ReadFile(filepath.Join("pytorch", name))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(carried, source) {
					t.Errorf("%s differs from gpt/pytorch/%[1]s", name)
				}
			}
			for _, class := range []string{"AutoConfig", "AutoModelForCausalLM"} {
				if !there {
					continue
				}
				module, name, _ := strings.Cut(autoMap[class].(string), ".")
				text, err := os.ReadFile(filepath.Join(dir, module+".py"))
				if err != nil || !strings.Contains(string(text), "class "+name+"(") {
					t.Errorf("auto_map has %s for %s, which the folder does not define: %v", autoMap[class], class, err)
				}
			}
		})
	}
}

// Code that somebody changed is named, and the weights are read as before. It never
// runs: no byte of it is looked at in any other way.
func TestOtherCodeIsReported(t *testing.T) {
	edited := func(name, from, to string) spoiler {
		return func(t *testing.T, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			write(name, strings.Replace(string(text), from, to, 1))(t, dir)
		}
	}
	m := newModel(t, tiny(func(c *Config) { c.Mixer = "haar" }))
	for name, test := range map[string]struct {
		spoil spoiler
		names string
	}{
		"the same":            {all(), ""},
		"without code":        {all(remove("modeling_waveletgpt.py"), remove("wavelet_operator.py")), ""},
		"other code beside":   {write("notes.py", "print(1)"), ""},
		"an edited model":     {edited("modeling_waveletgpt.py", "x + attention", "x - attention"), "modeling_waveletgpt.py"},
		"an edited operator":  {edited("wavelet_operator.py", "1 / g.width", "2 / g.width"), "wavelet_operator.py"},
		"other line ends":     {edited("wavelet_operator.py", "\n", "\r\n"), "wavelet_operator.py"},
		"an empty file":       {truncate("modeling_waveletgpt.py", 0), "modeling_waveletgpt.py"},
		"an endless file":     {truncate("modeling_waveletgpt.py", 1<<30), "modeling_waveletgpt.py"},
		"a directory instead": {directory("wavelet_operator.py"), "wavelet_operator.py"},
	} {
		dir := saveFolder(t, m)
		test.spoil(t, dir)
		err := CheckCode(os.DirFS(dir))
		if (err != nil) != (test.names != "") || err != nil && !strings.Contains(err.Error(), test.names) {
			t.Errorf("%s: error %v", name, err)
		}
		got, err := Load(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !slices.Equal(got.Params, m.Params) {
			t.Errorf("%s: the weights differ", name)
		}
	}
}

// The model in PyTorch has every operator and every option.
func TestCodeKnowsEveryOperator(t *testing.T) {
	text := string(code("wavelet_operator.py"))
	_, table, _ := strings.Cut(text, "OPTIONS = {")
	table, _, _ = strings.Cut(table, "\n}")
	for _, e := range wavelet.Operators() {
		kind := strings.NewReplacer(":W", "", ":G", "", ":K", "").Replace(e.Spec)
		_, row, found := strings.Cut(table, `"`+kind+`": {`)
		if !found {
			if kind != "none" && kind != "past" { // which parse reads
				t.Errorf("wavelet_operator.py does not have %s", kind)
			}
			continue
		}
		row, _, _ = strings.Cut(row, "}")
		for _, option := range e.Options {
			if !strings.Contains(row, `"`+option+`": `) {
				t.Errorf("wavelet_operator.py does not have the option %s of %s", option, kind)
			}
		}
	}
}
