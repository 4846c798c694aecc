package text

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// maxSymbols is the most symbols that a vocabulary can have: tokens are 16 bits.
const maxSymbols = 1 << 16

// Chars is the codec of a text's own characters. Its first tokens are
// characters in the order of their code points. The rest are byte values in
// ascending order, which spell the characters that are not tokens in UTF-8.
type Chars struct {
	characters []rune
	bytes      []byte
	symbols    []string        // by token, as written by Decode
	ascii      [128]int32      // token of a character or a byte, or -1
	token      map[rune]uint16 // of characters beyond ASCII
	byteToken  [256]int32      // or -1
	unit       []bool          // by token: whether a character begins with it
}

// NewChars returns the codec of a vocabulary: characters and byte values, both
// strictly ascending, one of them at least and maxSymbols together at most.
func NewChars(characters string, bytes []byte) (*Chars, error) {
	if !utf8.ValidString(characters) {
		return nil, errors.New("the characters of the vocabulary are not UTF-8")
	}
	c := &Chars{characters: []rune(characters), bytes: slices.Clone(bytes), token: map[rune]uint16{}}
	n := len(c.characters) + len(c.bytes)
	if n == 0 {
		return nil, errors.New("the vocabulary is empty")
	}
	if n > maxSymbols {
		return nil, fmt.Errorf("%d symbols are more than %d; raise data.min_count, or use --codec bytes", n, maxSymbols)
	}
	for i := range c.ascii {
		c.ascii[i] = -1
	}
	for i := range c.byteToken {
		c.byteToken[i] = -1
	}
	for i, r := range c.characters {
		if i > 0 && r <= c.characters[i-1] {
			return nil, fmt.Errorf("the characters of the vocabulary are not strictly ascending at %q", r)
		}
		c.add(string(r), true)
		if r < utf8.RuneSelf {
			c.ascii[r] = int32(i)
		} else {
			c.token[r] = uint16(i)
		}
	}
	for i, b := range c.bytes {
		if i > 0 && b <= c.bytes[i-1] {
			return nil, fmt.Errorf("the bytes of the vocabulary are not strictly ascending at 0x%02x", b)
		}
		token := int32(len(c.characters) + i)
		c.add(string([]byte{b}), utf8.RuneStart(b))
		c.byteToken[b] = token
		if b < utf8.RuneSelf && c.ascii[b] < 0 {
			c.ascii[b] = token
		}
	}
	return c, nil
}

func (c *Chars) add(symbol string, unit bool) {
	c.symbols = append(c.symbols, symbol)
	c.unit = append(c.unit, unit)
}

// Fit returns a codec for the texts of a census. Characters that occur at least
// minCount times are tokens. The others are written as the bytes of their UTF-8
// form, and the byte values needed for that are tokens too.
func Fit(census *Census, minCount int) (*Chars, error) {
	if minCount < 1 {
		return nil, fmt.Errorf("data.min_count is %d; it must be 1 or more", minCount)
	}
	if census.Empty() {
		return nil, errors.New("the data has no characters")
	}
	var characters []rune
	var occurs [256]bool
	for r, n := range census.counts {
		switch {
		case n >= int64(minCount):
			characters = append(characters, rune(r))
		case n > 0:
			for _, b := range []byte(string(rune(r))) {
				occurs[b] = true
			}
		}
	}
	var bytes []byte
	for b, yes := range occurs {
		if yes {
			bytes = append(bytes, byte(b))
		}
	}
	return NewChars(string(characters), bytes)
}

// Name returns "chars".
func (c *Chars) Name() string { return "chars" }

// Unit returns "character".
func (c *Chars) Unit() string { return "character" }

// Vocabulary returns the number of characters and byte values.
func (c *Chars) Vocabulary() int { return len(c.symbols) }

// Characters returns the characters that are tokens, from token 0.
func (c *Chars) Characters() string { return string(c.characters) }

// Bytes returns the byte values that are tokens, which follow the characters.
func (c *Chars) Bytes() []byte { return slices.Clone(c.bytes) }

// Encode reads r to its end and calls emit with one run of tokens after
// another. The slice is valid until emit returns. A text that is not UTF-8
// gives an [*EncodingError]. A character that is not a token, and whose bytes
// are not all tokens, gives an error that names it and its byte offset.
// There are no remarks.
func (c *Chars) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	ids := make([]uint16, 0, blockSize) // a byte gives at most one token
	return nil, readBlocks(r, func(block []byte, offset int64) error {
		ids = ids[:0]
		for i := 0; i < len(block); {
			if b := block[i]; b < utf8.RuneSelf {
				if c.ascii[b] < 0 {
					return unknown(block[i:], offset+int64(i))
				}
				ids = append(ids, uint16(c.ascii[b]))
				i++
				continue
			}
			r, size, err := decodeRune(block[i:], offset+int64(i))
			if err != nil {
				return err
			}
			if id, ok := c.token[r]; ok {
				ids = append(ids, id)
			} else {
				for _, b := range block[i : i+size] {
					if c.byteToken[b] < 0 {
						return unknown(block[i:], offset+int64(i))
					}
					ids = append(ids, uint16(c.byteToken[b]))
				}
			}
			i += size
		}
		return emit(ids)
	})
}

func unknown(b []byte, offset int64) error {
	return fmt.Errorf("byte %d is %s, which is not in the vocabulary; remove it, or train a model with --codec bytes",
		offset, describe(b))
}

// Decode writes ids as text: characters in UTF-8, byte tokens as they are. So
// the samples of a model may be invalid UTF-8.
func (c *Chars) Decode(w io.Writer, ids []uint16) error {
	out := make([]byte, 0, len(ids))
	for _, id := range ids {
		if int(id) >= len(c.symbols) {
			return unknownToken(c.Name(), id, len(c.symbols))
		}
		out = append(out, c.symbols[id]...)
	}
	_, err := w.Write(out)
	return err
}

// Units returns the number of characters that begin in ids, all of which are
// below Vocabulary. Continuation bytes are not counted.
func (c *Chars) Units(ids []uint16) int {
	n := 0
	for _, id := range ids {
		if c.unit[id] {
			n++
		}
	}
	return n
}
