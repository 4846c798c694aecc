package gpt

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/internal/pairwise"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// inPyTorch are the models that the code of their folders is tested with: of operators,
// places, mixes, other options, families with positions and norms, and heads, every pair
// of values is in some of them. With WAVELETGPT_SLOW set they are all operators at all
// places with all mixes, families, positions and norms.
func inPyTorch(t *testing.T) (configs []Config) {
	kinds := strings.Fields(`none haar haar:min=2:prefix=count past dyadic:prefix=count window:3:delay=1 windows:2x1@1+1x3@2+1xctx
		haar:detail=on shift taps ema:linear ema:matched:min=2 learned conv:3 scale:share=halving`)
	parameters := [][]string{
		kinds,
		strings.Fields("block attention mlp q k v embedding qkv block+input+kv+embedding"),
		{"replace", "add", "gate"},
		{"gpt2 learned pre", "gpt2 sinusoidal pre", "gpt2 rope pre", "gpt2 learned post", "gpt2 sinusoidal post", "gpt2 rope post", "nanochat rope pre", "llama rope pre"},
		{"", ":fraction=1", ":fraction=0.3:last=off", ":layers=1-2"},
		{"1 1", "2 2", "3 3", "2 1", "6 3"}, // of queries, of keys and values
	}
	rows := pairwise.Product(parameters)
	if os.Getenv("WAVELETGPT_SLOW") == "" {
		var some [][]string
		for i := 0; i < len(rows); i += 23 { // which has no factor in common with the numbers of values
			some = append(some, rows[i])
		}
		rows = pairwise.Choose(some)
	} else {
		rows = slices.DeleteFunc(rows, func(row []string) bool { return row[4] != "" || row[5] != "2 2" })
	}
	seen, places := map[Config]bool{}, map[string]bool{}
	for _, row := range rows {
		places[row[0]+" "+row[1]] = true
		mixer := row[0]
		if mixer != "none" {
			mixer += ":at=" + row[1] + row[4]
			if row[1] == "embedding" {
				mixer = strings.NewReplacer(":last=off", "", ":layers=1-2", "").Replace(mixer)
			}
			if !strings.HasPrefix(mixer, "scale") {
				mixer += ":mix=" + row[2]
			}
		}
		form, heads := strings.Fields(row[3]), strings.Fields(row[5])
		c := Config{Vocabulary: 11, Model: config.Model{
			Family: form[0], Layers: 3, Width: 12, Heads: int(heads[0][0] - '0'), KVHeads: int(heads[1][0] - '0'),
			Hidden: 20, Context: 20, Position: form[1], Norm: form[2], Mixer: mixer,
		}}
		if c.Family == "gpt2" {
			c.KVHeads = 0
		}
		if c.Model = c.Resolved(); !c.plain() && !seen[c] {
			configs = append(configs, c)
		}
		seen[c] = true
	}
	if want := len(kinds) * len(parameters[1]); len(places) != want {
		t.Errorf("%d operators and places, want %d", len(places), want)
	}
	return configs
}

// The code of a folder computes our logits, token by token too, our loss and all our
// gradients, and continues as we do. What transformers saves opens here with the same
// weights. transformers' Trainer trains such a model, and the Python of docs/pytorch.md
// runs as it stands there. WAVELETGPT_PYTHON is a Python that has the packages.
func TestModelsInPyTorch(t *testing.T) {
	root := t.TempDir()
	var dirs []string
	var saved []*Model
	for i, c := range inPyTorch(t) {
		m := newModel(t, c)
		dir := filepath.Join(root, fmt.Sprintf("%04d-%s-%s-%s-%d-%d", i, c.Family, c.Position, c.Norm, c.Heads, c.KVHeads))
		if err := os.Rename(saveFolder(t, m), dir); err != nil {
			t.Fatal(err)
		}
		write("expected.safetensors", expected(t, m))(t, dir)
		dirs, saved = append(dirs, dir), append(saved, m)
	}
	toTrain := untrained(t)
	ofPage := saveFolder(t, newModel(t, tiny(func(c *Config) { c.Mixer, c.Context = "haar", 20 })))
	oracle.Python(t, "../internal/oracle/pytorch.py", "models", root, "train", toTrain, "page", ofPage)
	// Some were saved in bfloat16, and others were trained, where the Trainer is installed.
	trained, _ := filepath.Glob(filepath.Join(toTrain, "*", "trained"))
	half, _ := filepath.Glob(filepath.Join(root, "*", "half"))
	for _, dir := range slices.Concat(trained, half) {
		if _, err := Load(dir); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d folders of trained models and %d in bfloat16 open here", len(trained), len(half))
	if len(half) < 5 {
		t.Error("too few in bfloat16")
	}
	for i, dir := range dirs {
		again := filepath.Join(dir, "saved")
		m, err := Load(again)
		if err != nil {
			t.Errorf("%s: %v", saved[i].Config.Mixer, err)
			continue
		}
		if !slices.Equal(m.Params, saved[i].Params) || m.Config != saved[i].Config {
			t.Errorf("%s: transformers saved another model: %+v", saved[i].Config.Mixer, m.Config)
		}
		if err := CheckCode(os.DirFS(again)); err != nil {
			t.Error(err)
		}
	}
}

// untrained returns a directory of models at their initial values.
func untrained(t *testing.T) string {
	root := t.TempDir()
	for name, change := range map[string]func(c *Config){
		"haar":     func(c *Config) { c.Mixer, c.Position = "haar", "rope" },
		"gates":    func(c *Config) { c.Mixer, c.Norm = "conv:3:at=input+kv:mix=gate", "post" },
		"nanochat": func(c *Config) { c.Mixer, c.Position, c.Family = "shift:at=block+kv:mix=gate", "rope", "nanochat" },
		"llama":    func(c *Config) { c.Mixer, c.Position, c.Family = "learned:at=embedding", "rope", "llama" },
	} {
		m := newModel(t, tiny(func(c *Config) { change(c); c.Context, c.Dropout = 20, 0.05 }))
		m.Init(1)
		if err := os.Rename(saveFolder(t, m), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// expected is what internal/oracle/pytorch.py compares a folder with.
func expected(t *testing.T, m *Model) string {
	const T, n = 11, 8
	ids := tokens(T, m.Config.Vocabulary)
	var given, next, margins []float32
	for _, id := range ids {
		given = append(given, float32(id))
	}
	w, grad := m.NewWorkspace(), make([]float32, len(m.Params))
	all := []safetensors.Tensor{
		{Name: "tokens", Shape: []int{T}, Data: given},
		{Name: "logits", Shape: []int{T, m.Config.Vocabulary}, Data: slices.Clone(w.Logits(ids))},
	}
	w.Forward(ids[:T-1], nil)
	loss := float32(0)
	for _, l := range w.Loss(ids[1:]) {
		loss += l / (T - 1)
	}
	all = append(all, safetensors.Tensor{Name: "loss", Shape: []int{1}, Data: []float32{loss}})
	w.Backward(grad, ids[1:], 1.0/(T-1))
	for _, tensor := range m.Tensors() {
		all = append(all, safetensors.Tensor{Name: "grad/" + tensor.Name, Shape: tensor.Shape, Data: tensor.Of(grad)})
	}
	d, s := m.NewDecoder(), m.NewStream()
	logits, err := d.Prefill(s, ids)
	for range n {
		if err != nil {
			t.Fatal(err)
		}
		sorted := slices.Sorted(slices.Values(logits))
		token := slices.Index(logits, sorted[len(sorted)-1])
		next, margins = append(next, float32(token)), append(margins, sorted[len(sorted)-1]-sorted[len(sorted)-2])
		logits, err = d.Step([]*Stream{s}, []uint16{uint16(token)})
	}
	all = append(all, safetensors.Tensor{Name: "continuation", Shape: []int{n}, Data: next}, safetensors.Tensor{Name: "margin", Shape: []int{n}, Data: margins})
	var file bytes.Buffer
	if err := safetensors.Write(&file, all, nil); err != nil {
		t.Fatal(err)
	}
	return file.String()
}
