package text

import (
	"fmt"
	"io"
)

// Text8 is the codec of text8: the letters a to z and the space.
type Text8 struct{}

// text8Symbols is indexed by token.
const text8Symbols = " abcdefghijklmnopqrstuvwxyz"

// Name returns "text8".
func (Text8) Name() string { return "text8" }

// Unit returns "character".
func (Text8) Unit() string { return "character" }

// Vocabulary returns 27.
func (Text8) Vocabulary() int { return len(text8Symbols) }

// text8Token returns the token of a byte, or false if it has none.
func text8Token(c byte) (uint16, bool) {
	switch {
	case c == ' ':
		return 0, true
	case 'a' <= c && c <= 'z':
		return uint16(c-'a') + 1, true
	}
	return 0, false
}

// Encode reads r to its end and calls emit with one run of tokens after
// another. The slice is valid until emit returns. Any character other than a to
// z and space is an error that names it and its byte offset.
// There are no remarks.
func (Text8) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	ids := make([]uint16, blockSize)
	return nil, readBlocks(r, func(block []byte, offset int64) error {
		for i, c := range block {
			id, ok := text8Token(c)
			if !ok {
				return fmt.Errorf("byte %d is %s, but text8 has only a to z and space; remove it, or train with --codec chars or bytes",
					offset+int64(i), describe(block[i:]))
			}
			ids[i] = id
		}
		return emit(ids[:len(block)])
	})
}

// Decode writes the characters of ids.
func (Text8) Decode(w io.Writer, ids []uint16) error {
	out := make([]byte, len(ids))
	for i, id := range ids {
		if int(id) >= len(text8Symbols) {
			return unknownToken("text8", id, len(text8Symbols))
		}
		out[i] = text8Symbols[id]
	}
	_, err := w.Write(out)
	return err
}

// Units returns the number of characters in ids: one each.
func (Text8) Units(ids []uint16) int { return len(ids) }
