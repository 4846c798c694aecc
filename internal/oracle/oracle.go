package oracle

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

//go:embed testdata/*.safetensors
var files embed.FS

// Load opens a fixture by name: "gpt2", "nanochat", "llama", "adamw", "muon" or "operator".
func Load(t testing.TB, name string) *safetensors.File {
	t.Helper()
	data, err := files.ReadFile("testdata/" + name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// A Config describes the model of a fixture and, for adamw, the optimizer.
type Config struct {
	Family string // "" is gpt2

	Vocabulary, Layers, Width, Heads, Hidden, Context, Batch int

	Steps            int
	LR, Beta1, Beta2 float64
	Eps              float64
	WeightDecay      float64 `json:"weight_decay"`
	Clip             float64

	MuonLR       float64 `json:"muon_lr"`
	MuonMomentum float64 `json:"muon_momentum"`
}

// Configuration returns the Config in the metadata of a fixture.
func Configuration(t testing.TB, f *safetensors.File) Config {
	t.Helper()
	var c Config
	if err := json.Unmarshal([]byte(f.Metadata()["config"]), &c); err != nil {
		t.Fatalf("config: %v", err)
	}
	c.Family = cmp.Or(c.Family, "gpt2")
	return c
}

// Floats returns the elements of a tensor.
func Floats(t testing.TB, f *safetensors.File, name string) []float32 {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return tensor.Data
}

// Ints returns the elements of an integer tensor.
func Ints(t testing.TB, f *safetensors.File, name string) []int64 {
	t.Helper()
	data, _, err := f.Ints(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// An Operator is one case of the operator alone.
type Operator struct {
	Case, Spec   string
	E, L, T      int
	X, DY, Y, DX []float32 // [T, E]
	Weight       []float32 // learned kernels, nil for operators without
	DWeight      []float32 // their gradient
	Windows      []int64   // [E]; nil for shift and ema
}

// Operators returns the cases of fixture operator.
func Operators(t testing.TB) []Operator {
	t.Helper()
	f := Load(t, "operator")
	var all []Operator
	for _, name := range f.Names() {
		parts := strings.Split(name, "/")
		if len(parts) != 3 || parts[2] != "y" {
			continue
		}
		o := Operator{Case: parts[0], Spec: parts[1]}
		if _, err := fmt.Sscanf(o.Case, "E=%d,L=%d,T=%d", &o.E, &o.L, &o.T); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		o.X, o.DY = Floats(t, f, o.Case+"/x"), Floats(t, f, o.Case+"/dy")
		prefix := o.Case + "/" + o.Spec
		o.Y, o.DX = Floats(t, f, prefix+"/y"), Floats(t, f, prefix+"/dx")
		if _, ok := f.Info(prefix + "/weight"); ok {
			o.Weight, o.DWeight = Floats(t, f, prefix+"/weight"), Floats(t, f, prefix+"/dweight")
		}
		if _, ok := f.Info(prefix + "/windows"); ok {
			o.Windows = Ints(t, f, prefix+"/windows")
		}
		all = append(all, o)
	}
	return all
}

// Compare reports an error if an element of got differs from want by more than
// tolerance times the largest magnitude in want, or is not a number.
func Compare(t testing.TB, name string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d elements, want %d", name, len(got), len(want))
		return
	}
	largest, worst, place := 0.0, -1.0, 0
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		if d > worst {
			worst, place = d, i
		}
	}
	if worst > tolerance*largest {
		t.Errorf("%s: element %d is %g, want %g: error %.2g relative to the largest value, tolerance %.2g",
			name, place, got[place], want[place], worst/largest, tolerance)
	}
}
