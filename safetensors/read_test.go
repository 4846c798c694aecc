package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// file builds a file of a header and so many bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestReadRefuses(t *testing.T) {
	long := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	tests := []struct {
		name string
		file []byte
		want string // part of the error
	}{
		{"nothing", nil, "0 bytes"},
		{"half a length", make([]byte, 7), "7 bytes"},
		{"length beyond the file", append(long(9), "{}      "...), "truncated"},
		{"length beyond the limit", append(long(maxHeader+1), make([]byte, 64)...), "the limit is 100000000"},
		{"length of 2^64-1", append(long(math.MaxUint64), make([]byte, 64)...), "the limit"},
		{"no header", file("", 0), "does not begin with '{'"},
		{"space first", file(" {}", 0), "does not begin with '{'"},
		{"an array", file("[]", 0), "does not begin with '{'"},
		{"not UTF-8", file("{\"a\xff\":1}", 0), "UTF-8"},
		{"not JSON", file("{]", 0), "invalid character"},
		{"half of JSON", file(`{"a":`, 0), "unexpected end"},
		{"text after JSON", file("{} x", 0), "invalid character 'x'"},
		{"zero bytes as padding", file("{}\x00\x00", 0), "invalid character"},
		{"a line break and a long string", file(`{"a":"\n`+strings.Repeat("x", 1000)+`"}`, 0), `"a": "\nxxx`},
		{"a long name", file(`{"`+strings.Repeat("x", 1000)+`":{}}`, 0), "do not all appear"},
		{"a long number", file(`{"a":{"shape":[`+strings.Repeat("1", 1000)+`]}}`, 0), "is not a size"},
		{"two objects", file("{}{}", 0), "invalid character '{'"},
		{"deep nesting", file(`{"a":`+strings.Repeat("[", 20000), 0), "depth"},

		{"tensor is null", file(`{"a":null}`, 0), `"a": <nil> where '{' belongs`},
		{"tensor is an array", file(`{"a":[]}`, 0), `"a": [ where '{' belongs`},
		{"tensor twice", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), `"a": appears twice`},
		{"tensor twice, escaped", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), `"a": appears twice`},
		{"empty tensor object", file(`{"a":{}}`, 0), `"a": dtype, shape and data_offsets`},
		{"no dtype", file(`{"a":{"shape":[1],"data_offsets":[0,1]}}`, 1), `"a": dtype, shape and data_offsets`},
		{"key twice", file(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), `"dtype": appears twice`},
		{"unknown key", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, 1), `"a": "x": unknown key`},
		{"key in capitals", file(`{"a":{"DTYPE":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), `"DTYPE": unknown key`},
		{"unknown dtype", file(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, 4), `tensor "a": unknown dtype "F31"`},
		{"dtype in small letters", file(`{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}`, 4), `unknown dtype "f32"`},
		{"dtype is a number", file(`{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}`, 4), `"dtype": 32 where a string belongs`},
		{"dtype is an object", file(`{"a":{"dtype":{},"shape":[1],"data_offsets":[0,4]}}`, 4), `"dtype": { where a string belongs`},

		{"shape is a number", file(`{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}`, 1), `"shape": 1 where '[' belongs`},
		{"negative shape", file(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1), `"shape": -1 is not a size`},
		{"minus zero", file(`{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}`, 0), `"shape": -0 is not a size`},
		{"fraction in shape", file(`{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, 1), `1.0 is not a size`},
		{"exponent in shape", file(`{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}`, 1), `1e0 is not a size`},
		{"string in shape", file(`{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}`, 1), `is not a size`},
		{"array in shape", file(`{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}`, 1), `is not a size`},
		{"shape of 2^63", file(`{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}`, 1), `is not a size`},
		{"shape overflows", file(`{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}`, 4), `tensor "a": shape [2147483647 2147483647 2147483647] of F32 overflows`},
		{"shape overflows to the right size", file(`{"a":{"dtype":"U8","shape":[1048576,1048576,2097152],"data_offsets":[0,0]}}`, 0), "overflows"},
		{"many dimensions", file(`{"a":{"dtype":"U8","shape":[1`+strings.Repeat(",1", 64)+`],"data_offsets":[0,1]}}`, 1), "more than 64"},
		{"half a byte", file(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1), "whole byte"},

		{"one offset", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}`, 1), "1 numbers"},
		{"three offsets", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 1), "more than 2"},
		{"offsets backwards", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1), "backwards"},
		{"negative offset", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, 1), "-1 is not a size"},
		{"more bytes than the shape", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}`, 12), `tensor "a": data_offsets [0, 12] hold 12 bytes, F32 of shape [2] takes 8`},
		{"fewer bytes than the shape", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,3]}}`, 3), "takes 4"},
		{"data cut off", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 7), `tensor "a": ends at byte 8 of the data, which has 7: the file is truncated`},
		{"offsets near 2^63", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}`, 1), "truncated"},
		{"a hole in front", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "a hole"},
		{"a hole between", file(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 3), `tensor "b": a hole`},
		{"an overlap", file(`{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 3), `tensor "b": overlaps`},
		{"two names for one place", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), `tensor "b": overlaps`},
		{"an empty tensor inside another", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`, 2), `tensor "b": overlaps`},
		{"bytes behind the last tensor", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2), "data: 2 bytes, the tensors take 1"},
		{"data without tensors", file("{}", 1), "data: 1 bytes"},

		{"metadata is a string", file(`{"__metadata__":"x"}`, 0), `"__metadata__": "x" where '{' belongs`},
		{"metadata with a number", file(`{"__metadata__":{"k":1}}`, 0), `"__metadata__": "k": 1 where a string belongs`},
		{"metadata with an object", file(`{"__metadata__":{"k":{}}}`, 0), `"k": { where a string belongs`},
		{"metadata key twice", file(`{"__metadata__":{"k":"","k":""}}`, 0), `"k": appears twice`},
		{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, 0), `"__metadata__": appears twice`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(test.file)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 300) {
				t.Errorf("error is not one short line: %v", err)
			}
		})
	}
}

func TestReadAccepts(t *testing.T) {
	tests := []struct {
		name string
		file []byte
	}{
		{"no tensors", file("{}", 0)},
		{"padding", file("{}      ", 0)},
		{"data that is not aligned", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`+"   ", 4)},
		{"empty name", file(`{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)},
		{"any order of keys", file(`{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"},"__metadata__":{}}`, 1)},
		{"empty tensors at one place", file(`{"a":{"dtype":"U8","shape":[2,0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}`, 1)},
		{"less than a byte each", file(`{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}`, 3)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := read(test.file); err != nil {
				t.Error(err)
			}
		})
	}
}

// Each type takes as many bits as its name says.
func TestElementBits(t *testing.T) {
	for bits, names := range map[uint64]string{
		4: "F4", 6: "F6_E2M3 F6_E3M2",
		8:  "BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ",
		16: "I16 U16 F16 BF16", 32: "I32 U32 F32", 64: "I64 U64 F64 C64",
	} {
		for _, name := range strings.Fields(names) {
			if got := elementBits(name); got != bits {
				t.Errorf("%s: %d bits, want %d", name, got, bits)
			}
		}
	}
}

// Names come in the order of the data, whatever the order in the header.
func TestNames(t *testing.T) {
	f, err := read(file(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %v", got)
	}
	if f.Metadata() != nil {
		t.Errorf("metadata %v, want nil", f.Metadata())
	}
}

// A header at the limit costs what the file has, not what it claims.
func TestLengthIsNotTrusted(t *testing.T) {
	b := append(binary.LittleEndian.AppendUint64(nil, maxHeader), make([]byte, 100)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(b)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("no error")
	}
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 100_000 {
		t.Errorf("%d bytes allocated for a file of %d", allocated, len(b))
	}
}

// The file shrinks, or the disk fails, after the header was checked.
func TestReadErrors(t *testing.T) {
	header := `{"a":{"dtype":"F32","shape":[50000],"data_offsets":[0,200000]}}`
	whole := file(header, 200000)
	f, err := Read(bytes.NewReader(whole[:100000]), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Tensor("a")
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), `tensor "a": byte 100000`) {
		t.Errorf("error %v", err)
	}
	if _, err := Read(bytes.NewReader(whole[:20]), int64(len(whole))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v in the header", err)
	}
	if _, err := Read(bytes.NewReader(whole[:5]), int64(len(whole))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v in the length", err)
	}
}

func TestAbsentAndUnconvertible(t *testing.T) {
	f, err := read(file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("b"); err == nil || err.Error() != `tensor "b": not in the file` {
		t.Errorf("error %v", err)
	}
	if _, err := f.Tensor("a"); err == nil || err.Error() != `tensor "a": U8 is not read as float32` {
		t.Errorf("error %v", err)
	}
	if _, _, err := f.Ints("a"); err == nil || err.Error() != `tensor "a": U8 is not read as int64` {
		t.Errorf("error %v", err)
	}
	if _, ok := f.Info("b"); ok {
		t.Error("Info knows a tensor that is not there")
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if _, err := Open(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, file("{}", 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "x.safetensors: data: 1 bytes") {
		t.Errorf("error %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a directory opens")
	}
}
