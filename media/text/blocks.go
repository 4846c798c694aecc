package text

import (
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// blockSize is how much of a stream is in memory at a time, in bytes.
const blockSize = 1 << 16

// readBlocks calls do with one block of a stream after another, and the offset
// of its first byte. Only the last block can end within a UTF-8 sequence. A
// block is valid until do returns.
func readBlocks(r io.Reader, do func(block []byte, offset int64) error) error {
	buf := make([]byte, blockSize)
	var offset int64
	for held, done := 0, false; !done; {
		// Not io.ReadFull: it reports the end of a stream by the same error as
		// an archive reports that it is truncated, io.ErrUnexpectedEOF.
		n := held
		for idle := 0; n < len(buf) && !done; {
			m, err := r.Read(buf[n:])
			n += m
			switch {
			case err == io.EOF:
				done = true
			case err != nil:
				return fmt.Errorf("byte %d: %w", offset+int64(n), err)
			case m > 0:
				idle = 0
			case idle == 100:
				return fmt.Errorf("byte %d: %w", offset+int64(n), io.ErrNoProgress)
			default:
				idle++
			}
		}
		end := n
		if !done {
			end = wholeRunes(buf[:n])
		}
		if end > 0 {
			if err := do(buf[:end], offset); err != nil {
				return err
			}
		}
		held = copy(buf, buf[end:n])
		offset += int64(end)
	}
	return nil
}

// wholeRunes returns the length of b without an incomplete UTF-8 sequence at
// its end.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// decodeRune returns the first character of b and its length in bytes, or an
// [*EncodingError] that names the offset.
func decodeRune(b []byte, offset int64) (r rune, size int, err error) {
	r, size = utf8.DecodeRune(b)
	if r == utf8.RuneError && size <= 1 {
		err = &EncodingError{Offset: offset, Byte: b[0]}
	}
	return r, size, err
}

// unknownToken is the error of Decode for a token outside the vocabulary.
func unknownToken(codec string, id uint16, vocabulary int) error {
	return fmt.Errorf("decode %s: token %d is outside the vocabulary of %d", codec, id, vocabulary)
}

// describe names the first character of b for an error message.
func describe(b []byte) string {
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("0x%02x", b[0])
	}
	return fmt.Sprintf("%s (%U)", strconv.QuoteRune(r), r)
}
