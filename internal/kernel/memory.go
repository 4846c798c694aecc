package kernel

import "unsafe"

// Floats returns n zeros. Many of them lie in huge pages where the system has
// them: a step goes through so much memory that the translation of addresses
// counts, and so does making pages one by one when a run starts.
func Floats(n int) []float32 {
	x := make([]float32, n)
	if n >= hugePage/4 {
		adviseHuge(x)
	}
	return x
}

// hugePage is the size of one in bytes, on amd64 and most of arm64.
const hugePage = 2 << 20

// A Pool hands out parts of one array of [Floats]. The zero Pool has none left:
// it counts what is asked of it and returns nil, so that a constructor that runs
// twice, the second time with what Filled returns, takes a single array.
type Pool struct {
	left    []float32
	missing int // with what aligns the parts
	asked   int
}

// Filled returns a pool that holds what p could not give.
func (p *Pool) Filled() *Pool { return &Pool{left: Floats(p.missing)} }

// Take returns n zeros of their own that begin at a multiple of 64 bytes of the
// array.
func (p *Pool) Take(n int) []float32 {
	const line = 16
	p.asked += n
	room := (n + line - 1) / line * line
	if room > len(p.left) {
		p.missing += room
		return nil
	}
	part := p.left[:n:n]
	p.left = p.left[room:]
	return part
}

// Bytes is the size of the parts that were asked for, handed out or not.
func (p *Pool) Bytes() int64 { return 4 * int64(p.asked) }

// Bytes is the size of the array of a slice.
func Bytes[T any](x []T) int64 {
	var element T
	return int64(cap(x)) * int64(unsafe.Sizeof(element))
}
