package safetensors

import (
	"bytes"
	"encoding/binary"
	"os"
	"runtime"
	"slices"
	"testing"
)

// Whatever Read accepts can be read to the end, and F32 tensors survive being
// written again. Memory stays in proportion to the file.
//
// A file is given as its header and its data; skew is added to the length that
// is written before them. So a mutation of the header does not end at the length.
func FuzzRead(f *testing.F) {
	python, err := os.ReadFile("testdata/python.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	var ours bytes.Buffer
	if err := Write(&ours, tensors[:5], map[string]string{"format": "pt"}); err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{python, ours.Bytes()} {
		data := 8 + binary.LittleEndian.Uint64(b)
		f.Add(int64(0), b[8:data], b[data:])
	}
	f.Add(int64(maxHeader), []byte("{}"), []byte{})
	f.Add(int64(-1), []byte(`{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}} `), make([]byte, 5))
	f.Fuzz(func(t *testing.T, skew int64, header, data []byte) {
		b := binary.LittleEndian.AppendUint64(nil, uint64(int64(len(header))+skew))
		b = append(append(b, header...), data...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		file, err := read(b)
		if err == nil {
			rewrite(t, file)
		}
		runtime.ReadMemStats(&after)
		// The constant is for the fuzzer's own goroutines.
		if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20+1000*uint64(len(b)) {
			t.Errorf("%d bytes allocated for a file of %d", used, len(b))
		}
	})
}

func rewrite(t *testing.T, file *File) {
	var all []Tensor
	for _, name := range file.Names() {
		tensor, err := file.Tensor(name)
		if _, _, intErr := file.Ints(name); err == nil && intErr == nil {
			t.Errorf("tensor %q: both float and integer", name)
		}
		if info, _ := file.Info(name); info.DType == "F32" {
			if err != nil {
				t.Error(err)
			}
			all = append(all, tensor)
		}
	}
	var b bytes.Buffer
	if err := Write(&b, all, file.Metadata()); err != nil {
		t.Fatal(err)
	}
	again, err := read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range all {
		got, err := again.Tensor(want.Name)
		if err != nil || !slices.Equal(got.Shape, want.Shape) || !slices.EqualFunc(got.Data, want.Data, sameBits) {
			t.Errorf("tensor %q changed, error %v", want.Name, err)
		}
	}
}
