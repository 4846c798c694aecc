package kernel

import "unsafe"

// Floats returns n zeros. A large array uses huge pages if the system has them: a step
// touches so much memory that address translation takes time, and so does making
// small pages when a run starts.
func Floats(n int) []float32 {
	x := make([]float32, n)
	if n >= hugePage/4 {
		adviseHuge(x)
	}
	return x
}

// hugePage is the size of a huge page in bytes, on amd64 and most of arm64.
const hugePage = 2 << 20

// A Pool hands out parts of one array of [Floats]. The zero Pool is empty: it counts
// requests and returns nil. A constructor that runs twice, the second time with
// the pool that Filled returns, therefore allocates a single array.
type Pool struct {
	left    []float32
	missing int // with padding
	asked   int // without padding
}

// Filled returns a pool that holds everything that p could not hand out.
func (p *Pool) Filled() *Pool { return &Pool{left: Floats(p.missing)} }

// Take returns n zeros that begin at a multiple of 64 bytes of the array, or nil if
// the pool does not have them.
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

// Bytes is the size of all parts that were requested, handed out or not.
func (p *Pool) Bytes() int64 { return 4 * int64(p.asked) }

// Bytes is the size of the array of a slice.
func Bytes[T any](x []T) int64 {
	var element T
	return int64(cap(x)) * int64(unsafe.Sizeof(element))
}
