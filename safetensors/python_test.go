package safetensors

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// testdata/python.safetensors was written by the Python package; the script
// internal/oracle/oracle.py holds the same values.
func TestReadPython(t *testing.T) {
	f, err := Open("testdata/python.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	if got := f.Metadata(); !maps.Equal(got, map[string]string{"format": "pt"}) {
		t.Errorf("metadata %v", got)
	}
	inf, zero := float32(math.Inf(1)), math.Float32frombits(1<<31)
	halves := []float32{0, zero, 1, -2.5, 0x1p-24, 65504, inf, -inf}
	floats := []struct {
		name, dtype string
		shape       []int
		data        []float32
	}{
		{"f64", "F64", []int{2, 4}, []float32{0, zero, 1, -2.5, 6e-8, 65504, inf, -inf}},
		{"f32", "F32", []int{2, 4}, []float32{0, zero, 1, -2.5, 6e-8, 65504, inf, -inf}},
		{"f16", "F16", []int{2, 4}, halves},
		{"bf16", "BF16", []int{2, 4}, []float32{0, zero, 1, -2.5, 0x1.02p-24, 65536, inf, -inf}},
		{"f16 subnormal", "F16", []int{3}, []float32{2 * 0x1p-24, -839 * 0x1p-24, 1023 * 0x1p-24}},
		{"scalar", "F32", []int{}, []float32{1.5}},
		{"empty", "F32", []int{3, 0}, []float32{}},
		{"naïve \"name\" \n 音", "F32", []int{1}, []float32{1}},
	}
	for _, test := range floats {
		got, err := f.Tensor(test.name)
		if err != nil {
			t.Error(err)
			continue
		}
		info, _ := f.Info(test.name)
		if info.DType != test.dtype || !slices.Equal(info.Shape, test.shape) || !slices.Equal(got.Shape, test.shape) {
			t.Errorf("%s: %v, shape %v", test.name, info, got.Shape)
		}
		if !slices.EqualFunc(got.Data, test.data, sameBits) {
			t.Errorf("%s: %v, want %v", test.name, got.Data, test.data)
		}
	}
	ints := []struct {
		name  string
		shape []int
		data  []int64
	}{
		{"i64", []int{3}, []int64{math.MinInt64, -1, math.MaxInt64}},
		{"i32", []int{2, 1}, []int64{math.MinInt32, math.MaxInt32}},
	}
	for _, test := range ints {
		data, shape, err := f.Ints(test.name)
		if err != nil || !slices.Equal(shape, test.shape) || !slices.Equal(data, test.data) {
			t.Errorf("%s: %v of shape %v, error %v", test.name, data, shape, err)
		}
	}
	if len(f.Names()) != len(floats)+len(ints)+2 { // u8 and bool
		t.Errorf("names %q", f.Names())
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// The Python package reads what Write writes.
func TestPythonReads(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	var b bytes.Buffer
	metadata := map[string]string{"format": "pt", "<ключ>": "\"\\\x00\u2028"}
	if err := Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "go.safetensors")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "testdata/read.py", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got struct {
		Metadata map[string]string
		Tensors  map[string]struct {
			DType string
			Shape []int
			Data  []float32
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !maps.Equal(got.Metadata, metadata) {
		t.Errorf("metadata %q, want %q", got.Metadata, metadata)
	}
	if len(got.Tensors) != len(tensors) {
		t.Errorf("%d tensors, want %d", len(got.Tensors), len(tensors))
	}
	for _, want := range tensors {
		tensor := got.Tensors[want.Name]
		if tensor.DType != "float32" || !slices.Equal(tensor.Shape, want.Shape) || !slices.Equal(tensor.Data, want.Data) {
			t.Errorf("tensor %q: %v, want %v", want.Name, tensor, want)
		}
	}
}
