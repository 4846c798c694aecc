package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// tensors has every shape of tensor that a model may have; the last one is larger
// than the blocks in which tensors are read and written.
var tensors = []Tensor{
	{"z", []int{2, 3}, []float32{1, -2, 3.5, 0, 1e-45, math.MaxFloat32}},
	{"a scalar", nil, []float32{7}},
	{"empty", []int{0, 5}, nil},
	{"<quotes> \" & \\ 音", []int{1, 1, 1}, []float32{-0.1}},
	{"", []int{2}, []float32{1, 2}},
	{"large", []int{3, 20001}, ramp(60003)},
}

func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i) * 0.25
	}
	return x
}

func TestRoundTrip(t *testing.T) {
	for _, metadata := range []map[string]string{nil, {}, {"format": "pt"}, {"b": "\u2028<>\x00", "a": ""}} {
		var b bytes.Buffer
		if err := Write(&b, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		f, err := read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Metadata(); (got == nil) != (metadata == nil) || len(got) != len(metadata) {
			t.Errorf("metadata %q, want %q", got, metadata)
		}
		for key, value := range metadata {
			if f.Metadata()[key] != value {
				t.Errorf("metadata %q is %q, want %q", key, f.Metadata()[key], value)
			}
		}
		for i, want := range tensors {
			if f.Names()[i] != want.Name {
				t.Errorf("name %d is %q, want %q", i, f.Names()[i], want.Name)
			}
			got, err := f.Tensor(want.Name)
			if err != nil {
				t.Error(err)
			}
			if got.Name != want.Name || !slices.Equal(got.Shape, want.Shape) || !slices.EqualFunc(got.Data, want.Data, sameBits) {
				t.Errorf("tensor %q differs", want.Name)
			}
		}
	}
}

// A number's payload survives, one that is no number included.
func TestRoundTripKeepsBits(t *testing.T) {
	nan := math.Float32frombits(0x7fa00001)
	var b bytes.Buffer
	if err := Write(&b, []Tensor{{"a", []int{1}, []float32{nan}}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := binary.LittleEndian.Uint32(b.Bytes()[b.Len()-4:]); got != 0x7fa00001 {
		t.Errorf("bits %#x", got)
	}
}

// The whole file, byte for byte: order, padding and form are part of what runs
// are compared by.
func TestWriteBytes(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, []Tensor{{"b", []int{1, 2}, []float32{1, -2}}, {"a", nil, []float32{0.5}}},
		map[string]string{"format": "pt", "by": "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := "\x98\x00\x00\x00\x00\x00\x00\x00" +
		`{"__metadata__":{"by":"x","format":"pt"},` +
		`"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},` +
		`"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}` + "   " +
		"\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}

	b.Reset()
	if err := Write(&b, nil, nil); err != nil {
		t.Fatal(err)
	}
	if want := "\x08\x00\x00\x00\x00\x00\x00\x00{}      "; b.String() != want {
		t.Errorf("without tensors %q, want %q", b.String(), want)
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name     string
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		{"too few elements", []Tensor{{"a", []int{2, 3}, make([]float32, 5)}}, nil, `tensor "a": 5 elements, shape [2 3] has 6`},
		{"too many elements", []Tensor{{"a", []int{0}, make([]float32, 1)}}, nil, `tensor "a": 1 elements, shape [0] has 0`},
		{"negative shape", []Tensor{{"a", []int{0, -1}, nil}}, nil, `tensor "a": shape [0 -1] is negative`},
		{"overflow", []Tensor{{"a", []int{math.MaxInt, math.MaxInt, math.MaxInt}, nil}}, nil, "overflows"},
		{"many dimensions", []Tensor{{"a", make([]int, 65), nil}}, nil, "65 dimensions"},
		{"name twice", []Tensor{{"a", nil, ramp(1)}, {"a", nil, ramp(1)}}, nil, `tensor "a": appears twice`},
		{"name of the metadata", []Tensor{{"__metadata__", nil, ramp(1)}}, nil, "not allowed"},
		{"name that is not UTF-8", []Tensor{{"\xff", nil, ramp(1)}}, nil, "not allowed"},
		{"metadata that is not UTF-8", nil, map[string]string{"k": "\xff"}, `metadata "k": not UTF-8`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			err := Write(&b, test.tensors, test.metadata)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if b.Len() != 0 {
				t.Errorf("%d bytes written", b.Len())
			}
		})
	}
}

// No reader accepts a longer header.
func TestWriteRefusesLongHeader(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some 500 MB of memory")
	}
	metadata := map[string]string{"k": strings.Repeat("x", maxHeader)}
	if err := Write(io.Discard, nil, metadata); err == nil || !strings.Contains(err.Error(), "the limit is 100000000") {
		t.Errorf("error %v", err)
	}
}

// A writer that fails after so many bytes.
type full int

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return int(*f), errFull
	}
	*f -= full(len(p))
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for _, room := range []full{0, 100, 1000, 100_000} {
		if err := Write(&room, tensors, nil); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: error %v", room, err)
		}
	}
}
