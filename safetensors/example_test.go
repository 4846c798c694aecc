package safetensors_test

import (
	"bytes"
	"fmt"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

func Example() {
	var b bytes.Buffer
	err := safetensors.Write(&b, []safetensors.Tensor{
		{Name: "lm_head.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "lm_head.bias", Shape: []int{2}, Data: []float32{0.5, -0.5}},
	}, map[string]string{"format": "pt"})
	if err != nil {
		fmt.Println(err)
		return
	}

	f, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Metadata())
	for _, name := range f.Names() {
		t, err := f.Tensor(name)
		fmt.Println(t.Name, t.Shape, t.Data, err)
	}
	_, err = f.Tensor("bias")
	fmt.Println(err)
	// Output:
	// map[format:pt]
	// lm_head.weight [2 3] [1 2 3 4 5 6] <nil>
	// lm_head.bias [2] [0.5 -0.5] <nil>
	// tensor "bias": not in the file
}
