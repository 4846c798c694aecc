package text

import (
	"io"
)

// Bytes is the codec whose tokens are the 256 byte values. It takes any file.
type Bytes struct{}

// Name returns "bytes".
func (Bytes) Name() string { return "bytes" }

// Unit returns "byte".
func (Bytes) Unit() string { return "byte" }

// Vocabulary returns 256.
func (Bytes) Vocabulary() int { return 256 }

// Encode reads r to its end and calls emit with one run of tokens after
// another. The slice is valid until emit returns. Only reading can fail.
// There are no remarks.
func (Bytes) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	ids := make([]uint16, blockSize)
	return nil, readBlocks(r, func(block []byte, _ int64) error {
		for i, c := range block {
			ids[i] = uint16(c)
		}
		return emit(ids[:len(block)])
	})
}

// Decode writes the bytes of ids.
func (Bytes) Decode(w io.Writer, ids []uint16) error {
	out := make([]byte, len(ids))
	for i, id := range ids {
		if id > 255 {
			return unknownToken("bytes", id, 256)
		}
		out[i] = byte(id)
	}
	_, err := w.Write(out)
	return err
}

// Units returns the number of bytes in ids: one each.
func (Bytes) Units(ids []uint16) int { return len(ids) }
