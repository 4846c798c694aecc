package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// Write writes the tensors as F32 in the given order, and the metadata sorted by
// key. PyTorch's tools expect the metadata {"format": "pt"}; nil writes none. Like
// the Python package it pads the header, so that the data starts at a multiple of
// 8 bytes. If a tensor is malformed, it writes nothing.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := marshalHeader(tensors, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	var buffer [64 << 10]byte
	for _, t := range tensors {
		for data := t.Data; len(data) > 0; {
			n := min(len(data), len(buffer)/4)
			for i, x := range data[:n] {
				binary.LittleEndian.PutUint32(buffer[4*i:], math.Float32bits(x))
			}
			if _, err := w.Write(buffer[:4*n]); err != nil {
				return fmt.Errorf("tensor %q: %w", t.Name, err)
			}
			data = data[n:]
		}
	}
	return nil
}

// marshalHeader returns everything before the data.
func marshalHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	b := make([]byte, 8) // the length, filled in below
	separator := byte('{')
	field := func(key string, value any) error {
		name, err := json.Marshal(key)
		if err != nil {
			return err
		}
		document, err := json.Marshal(value)
		b = append(b, separator)
		b = append(append(append(b, name...), ':'), document...)
		separator = ','
		return err
	}
	if metadata != nil {
		for key, value := range metadata {
			// json.Marshal would replace what is not UTF-8.
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				return nil, fmt.Errorf("metadata %q: not UTF-8", key)
			}
		}
		if err := field(metadataKey, metadata); err != nil {
			return nil, fmt.Errorf("metadata: %w", err)
		}
	}
	seen := make(map[string]bool, len(tensors))
	var at int64
	for _, t := range tensors {
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q: appears twice", t.Name)
		}
		seen[t.Name] = true
		if err := check(t); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		end := at + 4*int64(len(t.Data))
		err := field(t.Name, struct {
			DType   string   `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{"F32", append([]int{}, t.Shape...), [2]int64{at, end}}) // [] for a nil shape, not null
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		at = end
	}
	if separator == '{' {
		b = append(b, '{') // no metadata, no tensors
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if len(b)-8 > maxHeader {
		return nil, fmt.Errorf("header: takes %d bytes, the limit is %d", len(b)-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

// check returns an error for a tensor that a reader would refuse.
func check(t Tensor) error {
	if t.Name == metadataKey || !utf8.ValidString(t.Name) {
		return errors.New("this name is not allowed")
	}
	if len(t.Shape) > maxRank {
		return fmt.Errorf("%d dimensions, the limit is %d", len(t.Shape), maxRank)
	}
	if slices.ContainsFunc(t.Shape, func(n int) bool { return n < 0 }) {
		return fmt.Errorf("shape %v is negative", t.Shape)
	}
	size, err := byteSize("F32", t.Shape)
	if err == nil && size/4 != int64(len(t.Data)) {
		err = fmt.Errorf("%d elements, shape %v has %d", len(t.Data), t.Shape, size/4)
	}
	return err
}
