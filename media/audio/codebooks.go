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

// checkSetup refuses a setup header with codebooks larger than any in use, or
// larger than the header (Vorbis I specification, sections 3.2.1 and 4.2.4), and
// names floors of type 0, which no encoder of this century writes.
//
// It returns a header that means the same, without what the library misreads:
//   - It computes the size of a table in floating point, one too low for some
//     numbers of entries (27 in three dimensions). Such a codebook is written out
//     in full, as one of lookup type 2.
//   - It reads a class of partitions for a floor without partitions, which the
//     reference encoder writes for the low frequencies of 5.1 channels. Such a
//     floor gets a partition that changes nothing.
func checkSetup(packet []byte) ([]byte, error) {
	if len(packet) < 8 {
		return nil, errSetup
	}
	r := &bitReader{b: packet}
	r.skip(8 * 7)
	w := &bitWriter{}
	for range r.read(8) + 1 {
		if err := readCodebook(r, w); err != nil {
			return nil, err
		}
	}
	for range r.read(6) + 1 { // transforms that are reserved
		r.read(16)
	}
	for range r.read(6) + 1 {
		switch r.read(16) {
		case 0:
			return nil, &foreignCodec{"Vorbis with a floor of type 0"}
		case 1:
			if err := readFloor(r, w); err != nil {
				return nil, err
			}
		default:
			return nil, errSetup
		}
	}
	if r.over {
		return nil, errSetup
	}
	if w.copied == 0 {
		return packet, nil
	}
	w.copyTo(r, 8*len(packet))
	return w.b, nil
}

// readCodebook reads a codebook. If the library would misread it, it writes all
// up to its end to w.
func readCodebook(r *bitReader, w *bitWriter) error {
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
	place := r.at
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
			values = root(entries, dimensions)
			if values != int(math.Floor(math.Pow(float64(entries), 1/float64(dimensions)))) {
				return writeOut(r, w, place, values, width, dimensions, entries)
			}
		}
		r.skip(values * width)
	}
	if r.over || lookup > 2 {
		return errSetup
	}
	return nil
}

// root returns the largest number whose power of n is at most x.
func root(x, n int) int {
	for r := 1; ; r++ {
		power := 1
		for i := 0; i < n && power <= x; i++ {
			power *= r + 1
		}
		if power > x {
			return r
		}
	}
}

// writeOut writes a codebook of lookup type 1, whose lookup is at place and whose
// values come next, as one of type 2 (Vorbis I specification, section 3.2.1).
func writeOut(r *bitReader, w *bitWriter, place, values, width, dimensions, entries int) error {
	table := make([]uint32, values)
	end := r.at
	for i := range table {
		table[i] = r.read(width)
	}
	if r.over {
		return errSetup
	}
	after := r.at
	w.copyTo(r, place)
	w.write(2, 4)
	w.copied += 4
	w.copyTo(r, end)
	for entry := range entries {
		for i, rest := 0, entry; i < dimensions; i, rest = i+1, rest/values {
			w.write(table[rest%values], width)
		}
	}
	w.copied, r.at = after, after
	return nil
}

// readFloor reads a floor of type 1 (Vorbis I specification, section 7.2.2). If
// it has no partitions, it writes all up to its end to w, with one that has a
// point at 1 without a value, which lies on the line between the ends.
func readFloor(r *bitReader, w *bitWriter) error {
	place := r.at
	partitions := make([]uint32, r.read(5))
	classes := uint32(0)
	for i := range partitions {
		partitions[i] = r.read(4)
		classes = max(classes, partitions[i]+1)
	}
	dimensions := make([]int, classes)
	for i := range dimensions {
		dimensions[i] = int(r.read(3)) + 1
		subclasses := r.read(2)
		if subclasses > 0 {
			r.read(8)
		}
		r.skip(8 << subclasses)
	}
	multiplier := r.read(2)
	width := int(r.read(4))
	for _, class := range partitions {
		r.skip(width * dimensions[class])
	}
	if r.over || len(partitions) == 0 && width == 0 {
		return errSetup
	}
	if len(partitions) == 0 {
		const class, dimension, subclasses, book = 0, 1, 0, 0 // no book
		w.copyTo(r, place)
		w.write(1, 5)
		w.write(class, 4)
		w.write(dimension-1, 3)
		w.write(subclasses, 2)
		w.write(book, 8)
		w.write(multiplier, 2)
		w.write(uint32(width), 4)
		w.write(1, width)
		w.copied = r.at
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

// A bitWriter writes numbers as a bitReader reads them.
type bitWriter struct {
	b      []byte
	n      int // bits
	copied int // bits of the source that are copied or replaced
}

func (w *bitWriter) write(x uint32, n int) {
	for i := range n {
		if w.n&7 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n>>3] |= byte(x>>i&1) << (w.n & 7)
		w.n++
	}
}

// copyTo copies bits of the source up to a place.
func (w *bitWriter) copyTo(r *bitReader, end int) {
	from := &bitReader{b: r.b, at: w.copied}
	for from.at < end {
		n := min(32, end-from.at)
		w.write(from.read(n), n)
	}
	w.copied = end
}
