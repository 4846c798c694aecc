package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	maxHeader   = 100_000_000    // bytes; the limit of the reference implementation
	maxRank     = 64             // dimensions; the limit of NumPy and PyTorch
	metadataKey = "__metadata__" // the only key that is not a tensor
)

// An entry is one tensor in the header.
type entry struct {
	name       string
	dtype      string
	shape      []int
	begin, end int64 // bytes of the data
}

// parseHeader reads a header and checks it against the size of the data. Entries
// are in the order of their data.
func parseHeader(header []byte, dataSize int64) (map[string]string, []entry, error) {
	if !utf8.Valid(header) {
		return nil, nil, errors.New("header: not UTF-8")
	}
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("header: does not begin with '{'")
	}
	// The parser below does not look ahead, so check the grammar first.
	var whole json.RawMessage
	if err := json.Unmarshal(header, &whole); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	var metadata map[string]string
	var entries []entry
	p := parser{json.NewDecoder(bytes.NewReader(header))}
	p.UseNumber() // a float64 would lose bits of sizes above 2^53
	err := p.object(func(key string) error {
		var err error
		if key == metadataKey {
			metadata, err = p.strings()
			return err
		}
		e := entry{name: key}
		if err := p.entry(&e); err != nil {
			return err
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	return metadata, entries, checkCoverage(entries, dataSize)
}

// checkCoverage sorts the entries by offset. They must cover the data without gaps
// or overlaps, each with the number of bytes that its elements need.
func checkCoverage(entries []entry, dataSize int64) error {
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var at int64
	for _, e := range entries {
		size, err := byteSize(e.dtype, e.shape)
		switch {
		case err != nil:
			return fmt.Errorf("tensor %.100q: %w", e.name, err)
		case e.begin > e.end:
			return fmt.Errorf("tensor %.100q: data_offsets [%d, %d] run backwards", e.name, e.begin, e.end)
		case e.end-e.begin != size:
			return fmt.Errorf("tensor %.100q: data_offsets [%d, %d] hold %d bytes, %s of shape %v takes %d",
				e.name, e.begin, e.end, e.end-e.begin, e.dtype, e.shape, size)
		case e.end > dataSize:
			return fmt.Errorf("tensor %.100q: ends at byte %d of the data, which has %d: the file is truncated", e.name, e.end, dataSize)
		case e.begin < at:
			return fmt.Errorf("tensor %.100q: overlaps the tensor before it: begins at byte %d of the data, not %d", e.name, e.begin, at)
		case e.begin > at:
			return fmt.Errorf("tensor %.100q: a hole before it: begins at byte %d of the data, not %d", e.name, e.begin, at)
		}
		at = e.end
	}
	if at != dataSize {
		return fmt.Errorf("data: %d bytes, the tensors take %d", dataSize, at)
	}
	return nil
}

// byteSize returns the size of a tensor in bytes.
func byteSize(dtype string, shape []int) (int64, error) {
	width := elementBits(dtype)
	if width == 0 {
		return 0, fmt.Errorf("unknown dtype %.20q", dtype)
	}
	total := width
	for _, n := range shape {
		hi, lo := bits.Mul64(total, uint64(n))
		if hi != 0 || lo > 1<<62 {
			return 0, fmt.Errorf("shape %v of %s overflows", shape, dtype)
		}
		total = lo
	}
	if total%8 != 0 {
		return 0, fmt.Errorf("shape %v of %s does not end on a whole byte", shape, dtype)
	}
	return int64(total / 8), nil
}
