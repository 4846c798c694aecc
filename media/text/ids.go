package text

import (
	"fmt"
	"io"
	"strconv"
)

// IDs is the codec of tokens that were made elsewhere: decimal whole numbers
// below Size, separated by white space.
type IDs struct {
	Size int // 1 to 65,536
}

// Name returns "ids".
func (IDs) Name() string { return "ids" }

// Unit returns "token".
func (IDs) Unit() string { return "token" }

// Vocabulary returns Size.
func (c IDs) Vocabulary() int { return c.Size }

// Encode reads r to its end and calls emit with one run of tokens after
// another. The slice is valid until emit returns. Anything but white space and
// numbers below Size is an error that names the byte offset.
// There are no remarks.
func (c IDs) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	ids := make([]uint16, 0, blockSize)
	number, begun := 0, false // the current number, which may continue in the next block
	var start int64           // where it begins
	add := func() error {
		if begun && number >= c.Size {
			return fmt.Errorf("byte %d: token %d is outside the vocabulary of %d", start, number, c.Size)
		}
		if begun {
			ids = append(ids, uint16(number))
		}
		number, begun = 0, false
		return nil
	}
	err = readBlocks(r, func(block []byte, offset int64) error {
		for i, b := range block {
			switch {
			case b == ' ' || b == '\n' || b == '\r' || b == '\t':
				if err := add(); err != nil {
					return err
				}
			case b < '0' || b > '9':
				return fmt.Errorf("byte %d is %s; tokens are whole numbers separated by white space", offset+int64(i), describe(block[i:]))
			default:
				if !begun {
					start, begun = offset+int64(i), true
				}
				// Any larger number is out of range too.
				number = min(10*number+int(b-'0'), 1<<30)
			}
		}
		err := emit(ids)
		ids = ids[:0]
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := add(); err != nil {
		return nil, err
	}
	return nil, emit(ids)
}

// Decode writes each id as a space and its number, so that the output can
// follow a prompt.
func (c IDs) Decode(w io.Writer, ids []uint16) error {
	out := make([]byte, 0, 6*len(ids))
	for _, id := range ids {
		if int(id) >= c.Size {
			return unknownToken(c.Name(), id, c.Size)
		}
		out = strconv.AppendUint(append(out, ' '), uint64(id), 10)
	}
	_, err := w.Write(out)
	return err
}

// Units returns the number of tokens in ids.
func (IDs) Units(ids []uint16) int { return len(ids) }
