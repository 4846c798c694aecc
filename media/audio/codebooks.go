package audio

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Limits of a codebook. Those of the reference encoder have at most 8,192
// entries of 16 dimensions.
const (
	maxEntries = 1 << 17
	maxValues  = 1 << 21 // entries times dimensions
)

var errSetup = errors.New("its setup header is damaged")

// checkCodebooks refuses a setup header with codebooks larger than any in use,
// or larger than the header (Vorbis I specification, section 3.2.1).
func checkCodebooks(packet []byte) error {
	if len(packet) < 8 || string(packet[1:7]) != "vorbis" {
		return errSetup
	}
	r := &bitReader{b: packet[7:]}
	for range r.read(8) + 1 {
		if err := skipCodebook(r); err != nil {
			return err
		}
	}
	return nil
}

func skipCodebook(r *bitReader) error {
	if r.read(24) != 0x564342 { // "BCV"
		return errSetup
	}
	dimensions, entries := int(r.read(16)), int(r.read(24))
	if entries < 1 || entries > maxEntries || dimensions*entries > maxValues {
		return fmt.Errorf("a codebook of %d entries of %d dimensions; the file is damaged", entries, dimensions)
	}
	if ordered := r.read(1) == 1; ordered {
		r.read(5)
		for at := 0; at < entries; {
			n := int(r.read(bits.Len(uint(entries - at))))
			if at += n; at > entries || r.over {
				return errSetup
			}
		}
	} else {
		sparse := r.read(1) == 1
		for range entries {
			if !sparse || r.read(1) == 1 {
				r.read(5)
			}
		}
	}
	lookup := r.read(4)
	if lookup == 1 || lookup == 2 {
		r.read(32)
		r.read(32)
		width := int(r.read(4)) + 1
		r.read(1)
		values := dimensions * entries
		if lookup == 1 {
			if dimensions == 0 {
				return errSetup
			}
			values = int(math.Floor(math.Pow(float64(entries), 1/float64(dimensions))))
		}
		r.skip(values * width)
	}
	if r.over || lookup > 2 {
		return errSetup
	}
	return nil
}

// A bitReader reads numbers, starting at the lowest bit of the first byte.
type bitReader struct {
	b    []byte
	at   int  // bit
	over bool // reading went past the end, which reads as zeros
}

func (r *bitReader) read(n int) uint32 {
	var x uint64
	for i := range n {
		if at := r.at + i; at>>3 < len(r.b) {
			x |= uint64(r.b[at>>3]>>(at&7)&1) << i
		}
	}
	r.skip(n)
	return uint32(x)
}

func (r *bitReader) skip(n int) {
	r.at += n
	r.over = r.over || r.at > 8*len(r.b)
}
