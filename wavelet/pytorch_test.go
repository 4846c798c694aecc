package wavelet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// The operators in PyTorch, gpt/pytorch/wavelet_operator.py, by their defining sums and
// by the fast path, at all cases. WAVELETGPT_PYTHON is a Python that has PyTorch.
func TestPyTorch(t *testing.T) {
	type shape struct {
		Spec     string `json:"spec"`
		Channels int    `json:"channels"`
		Context  int    `json:"context"`
	}
	var list []shape
	var tensors []safetensors.Tensor
	each(t, func(t *testing.T, c *conformance) {
		n := c.T * c.E
		dy, y, dx, dparams := normal(2, n), make([]float32, n), make([]float32, n), make([]float32, len(c.params))
		c.Forward(y, c.x, c.params, c.T)
		c.Backward(dx, dparams, dy, c.x, c.params, c.T)
		for name, data := range map[string][]float32{"x": c.x, "dy": dy, "y": y, "dx": dx} {
			tensors = append(tensors, safetensors.Tensor{Name: fmt.Sprintf("%d/%s", len(list), name), Shape: []int{c.T, c.E}, Data: data})
		}
		for name, data := range map[string][]float32{"params": c.params, "dparams": dparams} {
			tensors = append(tensors, safetensors.Tensor{Name: fmt.Sprintf("%d/%s", len(list), name), Shape: []int{len(data)}, Data: data})
		}
		list = append(list, shape{c.Spec.String(), c.E, c.L})
	})
	cases, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := safetensors.Write(&file, tensors, map[string]string{"cases": string(cases)}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "operators.safetensors")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	oracle.Python(t, "../internal/oracle/pytorch.py", "operators", path)
}
