package text

import (
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// A Census counts the characters of texts. [Fit] makes a vocabulary of it.
type Census struct {
	counts []int64 // by code point
}

// NewCensus returns an empty census.
func NewCensus() *Census {
	return &Census{counts: make([]int64, utf8.MaxRune+1)}
}

// An EncodingError says that a text is not UTF-8.
type EncodingError struct {
	Offset int64 // of the first invalid byte, from the start of the text
	Byte   byte
}

// Error names the place and the remedies.
func (e *EncodingError) Error() string {
	return fmt.Sprintf("byte %d (0x%02x) is not UTF-8; convert the text, or use --codec bytes", e.Offset, e.Byte)
}

// Scan counts the characters of a text. If it is not UTF-8, Scan counts the
// characters before the invalid byte and returns an [*EncodingError].
func (c *Census) Scan(r io.Reader) error {
	return readBlocks(r, func(block []byte, offset int64) error {
		for i := 0; i < len(block); {
			if b := block[i]; b < utf8.RuneSelf {
				c.counts[b]++
				i++
				continue
			}
			r, size, err := decodeRune(block[i:], offset+int64(i))
			if err != nil {
				return err
			}
			c.counts[r]++
			i += size
		}
		return nil
	})
}

// Empty reports whether nothing was counted.
func (c *Census) Empty() bool {
	return !slices.ContainsFunc(c.counts, func(n int64) bool { return n > 0 })
}

// Text8 reports whether all characters counted are symbols of [Text8].
func (c *Census) Text8() bool {
	for r, n := range c.counts {
		if n == 0 {
			continue
		}
		if r >= utf8.RuneSelf {
			return false
		}
		if _, ok := text8Token(byte(r)); !ok {
			return false
		}
	}
	return true
}
