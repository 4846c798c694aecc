package gpt

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// A folderCase is a folder of internal/oracle/configs.py with what transformers
// makes of it.
type folderCase struct {
	Name    string
	Keys    []string    // of config.json, which were changed
	Refused string      // the error of transformers
	Random  []string    // tensors that transformers filled with random numbers, or ignored
	Tokens  []uint16    // [T]
	Logits  [][]float32 // [T][V]
}

// stricter are the keys of which transformers takes values that we refuse.
// docs/results/transformers.md has the reasons.
var stricter = []string{
	"activation_function", "layer_norm_epsilon", "scale_attn_weights", "scale_attn_by_inverse_layer_idx", "add_cross_attention",
	"tie_word_embeddings",
	"hidden_size", "num_attention_heads", "num_hidden_layers", "max_position_embeddings",
	"resid_pdrop", "num_labels", "is_encoder_decoder", "per_layer_config", "layer_types", "sliding_window", "rope_scaling",
	"configuration_files", "return_dict", "output_hidden_states", "dtype", "torch_dtype",
	"attn_implementation", "_attn_implementation", "auto_map",

	// of nanochat and llama
	"mlp_bias", "hidden_act", "rms_norm_eps", "final_logit_softcapping", "attention_bias",
	"rope_parameters", "rope_theta", "partial_rotary_factor", "head_dim",
}

// The result is transformers' logits, or an error that names what was changed.
func TestRandomFolders(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	for family, n := range map[string]int{"gpt2": 300, "nanochat": 150, "llama": 100} {
		t.Run(family, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "folders")
			cmd := exec.Command(python, "../internal/oracle/configs.py", dir, "--family", family, "--cases", strconv.Itoa(n))
			cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("configs.py: %v", err)
			}
			t.Logf("configs.py\n%s", out)
			checkFolders(t, os.DirFS(dir), n)
		})
	}
}

// Some of those folders, without Python. configs.py wrote the files:
//
//	python internal/oracle/configs.py DIR --cases 20 --seed 21 --zip gpt/testdata/folders.zip
//	python internal/oracle/configs.py DIR --family nanochat --cases 20 --seed 21 --zip gpt/testdata/nanochat.zip
func TestSavedFolders(t *testing.T) {
	for _, file := range []string{"testdata/folders.zip", "testdata/nanochat.zip"} {
		t.Run(file, func(t *testing.T) {
			z, err := zip.OpenReader(file)
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			checkFolders(t, z, 20)
		})
	}
}

func checkFolders(t *testing.T, fsys fs.FS, n int) {
	data, err := fs.ReadFile(fsys, "cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []folderCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != n {
		t.Fatalf("%d folders, want %d", len(cases), n)
	}
	counts, both := make(map[string]int), make(map[string]int)
	worst := 0.0
	for _, c := range cases {
		folder, err := fs.Sub(fsys, c.Name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := LoadFS(folder)
		document, _ := fs.ReadFile(folder, ConfigFile)
		what := fmt.Sprintf("%s: changed %v, transformers says %q, random %v, we %v\n%s", c.Name, c.Keys, c.Refused, c.Random, err, document)
		if err == nil {
			if c.Refused != "" || len(c.Random) > 0 {
				t.Errorf("opened %s", what)
				continue
			}
			off := difference(m, c)
			worst = max(worst, off)
			counts["equal logits"]++
			if !(off <= 1e-4) {
				t.Errorf("logits off by %.1e: %s", off, what)
			}
			continue
		}
		key := refusedKey(err, c.Keys)
		switch {
		case key == "":
			t.Errorf("no key is named: %s", what)
		case c.Refused != "":
			counts["refused by both"]++
			both[key]++
		case len(c.Random) > 0:
			counts["refused, random in transformers"]++
		default:
			counts["refused here only: "+key]++
			if !slices.Contains(stricter, key) {
				t.Errorf("%s is not documented as refused: %s", key, what)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[kind], kind)
	}
	t.Logf("refused by both, by key: %v", both)
	if counts["equal logits"] < n/4 || counts["refused by both"] < n/5 {
		t.Errorf("too few folders are opened, or refused: %v", counts)
	}
	t.Logf("logits are off by at most %.1e of the largest", worst)
}

// refusedKey is the changed key, or else the tensor, that an error names first.
func refusedKey(err error, keys []string) string {
	key, first := "", math.MaxInt
	for _, k := range append(slices.Clone(keys), "tie_word_embeddings", "model_type", "tensor") {
		word := regexp.MustCompile(`\b` + regexp.QuoteMeta(k) + `\b`) // n_head is in attention_heads
		if at := word.FindStringIndex(err.Error()); at != nil && at[0] < first {
			key, first = k, at[0]
		}
	}
	return key
}

// difference is the largest error of the logits, relative to the largest logit.
func difference(m *Model, c folderCase) float64 {
	n := min(len(c.Tokens), m.Config.Context) // rotary positions continue behind it
	got := m.NewWorkspace().Logits(c.Tokens[:n])
	want := slices.Concat(c.Logits[:n]...)
	if len(got) != len(want) {
		return math.Inf(1)
	}
	off, largest := 0.0, 0.0
	for i := range want {
		off = max(off, math.Abs(float64(got[i])-float64(want[i]))) // NaN stays NaN
		largest = max(largest, math.Abs(float64(want[i])))
	}
	return off / largest
}
