package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// convolution is a causal convolution with a learned kernel of length windows[i] for
// each channel i:
//
//	y[t,i] = sum_{j=0}^{windows[i]-1} k[j,i] x[t-j,i]        x = 0 before position 0
//
// The parameters are stored by j: row j holds the channels whose window is longer
// than j. Windows never descend, so these are the last channels.
type convolution struct {
	windows []int // [E]
	first   int   // first channel with a kernel
	rows    []kernelRow
	size    int // parameters
	start   start
}

// start says which kernels an operator has before training.
type start uint8

const (
	startIdentity start = iota
	startMean           // of the window
	startZero           // for mix=add: the sum with the input is the identity
)

// kernelRow locates the weights k[j] of one delay j.
type kernelRow struct {
	first  int // channel
	offset int // in the parameters
}

var _ Operator = (*convolution)(nil)

// newConvolution returns the operator for the windows of the channels from `first` on.
func newConvolution(first int, acting []int, begin start) *convolution {
	windows := make([]int, first+len(acting))
	for i := range first {
		windows[i] = 1
	}
	copy(windows[first:], acting)
	o := &convolution{windows: windows, first: first, start: begin}
	if first == len(windows) {
		return o
	}
	for j := range windows[len(windows)-1] {
		for first < len(windows) && windows[first] <= j {
			first++
		}
		o.rows = append(o.rows, kernelRow{first, o.size})
		o.size += len(windows) - first
	}
	return o
}

func (o *convolution) Forward(y, x, k []float32, T int) {
	E := len(o.windows)
	for t := range T {
		row := y[t*E : (t+1)*E]
		copy(row, x[t*E:t*E+o.first])
		clear(row[o.first:])
		for j, r := range o.rows[:min(t+1, len(o.rows))] {
			addProduct(row[r.first:], k[r.offset:], x[(t-j)*E+r.first:])
		}
	}
}

func (o *convolution) Backward(dx, dk, dy, x, k []float32, T int) {
	o.backward(dx, dk, dy, x, k, T, nil, nil)
}

// backward computes dx from dy and, where gates multiply the operator's output, dk
// from the product of dy and the gate of each level.
func (o *convolution) backward(dx, dk, dy, x, k []float32, T int, levels []Level, gates []float32) {
	E := len(o.windows)
	for t := range T {
		row := dx[t*E : (t+1)*E]
		copy(row, dy[t*E:t*E+o.first])
		clear(row[o.first:])
		for j, r := range o.rows[:min(T-t, len(o.rows))] {
			n := E - r.first
			later := dy[(t+j)*E+r.first:][:n]
			addProduct(row[r.first:], k[r.offset:], later)
			dkj, xt := dk[r.offset:r.offset+n], x[t*E+r.first:]
			if levels == nil {
				addProduct(dkj, xt, later)
			}
			for i, l := range levels {
				from := max(l.From, r.first) - r.first
				for c := from; c < l.To-r.first; c++ {
					dkj[c] += float32(gates[i] * float32(xt[c]*later[c]))
				}
			}
		}
	}
}

// addProduct computes to[i] += a[i] b[i] for every i of to.
func addProduct(to, a, b []float32) {
	a, b = a[:len(to)], b[:len(to)]
	for i := range to {
		to[i] += float32(a[i] * b[i])
	}
}

func (o *convolution) ParamShape() []int {
	switch {
	case o.size == 0:
		return nil
	case o.start == startMean:
		return []int{o.size}
	}
	return []int{len(o.rows), o.size / len(o.rows)}
}

func (o *convolution) InitParams(k []float32) {
	for j, r := range o.rows {
		for i := r.first; i < len(o.windows); i++ {
			switch at := r.offset + i - r.first; {
			case o.start == startMean:
				k[at] = 1 / float32(o.windows[i])
			case j == 0 && o.start == startIdentity:
				k[at] = 1
			default:
				k[at] = 0
			}
		}
	}
}

func (o *convolution) Windows() []int { return append([]int(nil), o.windows...) }

func (o *convolution) FLOPs(T int) int64 {
	n := 0
	for j, r := range o.rows {
		n += 2 * max(0, T-j) * (len(o.windows) - r.first)
	}
	return int64(n)
}

func (o *convolution) Bytes() int64 { return kernel.Bytes(o.windows) + kernel.Bytes(o.rows) }

// convolutionState keeps the inputs that the longest kernel reads, in a ring that
// grows until it is full.
type convolutionState struct {
	o    *convolution
	t    int
	ring []float32 // [at most the longest window, channels with kernels]
}

func (o *convolution) NewState() State { return &convolutionState{o: o} }

func (s *convolutionState) Step(y, x, k []float32) {
	o := s.o
	E := len(o.windows)
	n, longest := E-o.first, len(o.rows)
	copy(y[:o.first], x)
	clear(y[o.first:E])
	if longest == 0 {
		return
	}
	copy(ringRow(&s.ring, s.t%longest, n), x[o.first:])
	for j, r := range o.rows[:min(s.t+1, longest)] {
		past := ringRow(&s.ring, (s.t-j)%longest, n)
		addProduct(y[r.first:E], k[r.offset:], past[r.first-o.first:])
	}
	s.t++
}

func (s *convolutionState) Reset() { s.t = 0 }
