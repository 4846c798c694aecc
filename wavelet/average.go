package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// average is the causal mean over the last windows[i] positions of each channel i,
// computed by repeated shift-and-add. With S_w the sum over w positions,
//
//	S_1 = x,   S_2m[t] = S_m[t] + S_m[t-m],   S_2m+1[t] = S_2m[t] + x[t-2m]
//
// A window of w positions takes about log2 w additions per position. No error
// accumulates along the sequence, as it would in a running sum. Windows that are
// powers of two share their levels: level k covers all channels from the first one
// that needs it.
type average struct {
	width  int
	first  int       // first channel with a window above 1
	links  []link    // the additions, in order
	window []int     // of each channel in positions, never descending
	scale  []float32 // 1/window of each channel
	inv    []float32 // prefix=count: inv[n] = 1/n for n below the largest window
}

// A link adds to the sum of each channel from `first` on the sum `shift` positions
// earlier or, if input is set, the input there.
type link struct {
	shift int
	first int
	input bool
}

var _ Operator = (*average)(nil)

// newAverage returns the operator for windows that never descend. After leading
// windows of 1 they must be powers of two or all equal.
func newAverage(windows []int, prefix Prefix) *average {
	width := len(windows)
	o := &average{width: width, first: width, window: windows, scale: make([]float32, width)}
	for i := width - 1; i >= 0 && windows[i] > 1; i-- {
		o.first = i
	}
	for i, w := range windows {
		o.scale[i] = 1 / float32(w)
	}
	largest := windows[width-1]
	first := o.first
	for top, m := topBit(largest), 1; top > 1; {
		top /= 2
		for first < width && windows[first] <= m {
			first++
		}
		o.links = append(o.links, link{shift: m, first: first})
		m *= 2
		if largest&top != 0 {
			o.links = append(o.links, link{shift: m, first: first, input: true})
			m++
		}
	}
	if prefix == PrefixCount {
		o.inv = make([]float32, largest)
		for n := 1; n < largest; n++ {
			o.inv[n] = 1 / float32(n)
		}
	}
	return o
}

// topBit is the largest power of two that is at most n.
func topBit(n int) int {
	top := 1
	for top*2 <= n {
		top *= 2
	}
	return top
}

func (o *average) Forward(y, x, _ []float32, T int) {
	E := o.width
	copy(y[:T*E], x)
	for _, l := range o.links {
		if l.shift >= T {
			continue
		}
		from := y
		if l.input {
			from = x
		}
		// In place, from the last row: the row that is read must be the old one.
		kernel.AddRowsDown(y[l.shift*E+l.first:T*E], from[l.first:], T-l.shift, E-l.first, E)
	}
	for t := range o.partial(T) {
		row := y[t*E : (t+1)*E]
		o.divide(row, row, t, o.first)
	}
	o.divideWhole(y, y, T)
}

// Backward is the transpose: first the division, then the additions with time
// reversed. (The additions are sums of shifts. The transpose of a shift is the shift
// in the other direction, and shifts commute.)
func (o *average) Backward(dx, _, dy, _, _ []float32, T int) {
	E := o.width
	copy(dx[:T*E], dy)
	for t := range o.partial(T) {
		o.divide(dx[t*E:(t+1)*E], dy[t*E:(t+1)*E], t, o.first)
	}
	o.divideWhole(dx, dy, T)
	for _, l := range o.links {
		if l.shift >= T {
			continue
		}
		if !l.input {
			kernel.AddRows(dx[l.first:], dx[l.shift*E+l.first:T*E], T-l.shift, E-l.first, E)
			continue
		}
		for t := range T - l.shift {
			s := t + l.shift
			o.addDivided(dx[t*E:(t+1)*E], dy[s*E:(s+1)*E], s, l.first)
		}
	}
}

// partial is the number of positions, at most T, at which some channel is not
// divided by its full window.
func (o *average) partial(T int) int {
	return min(T, max(0, len(o.inv)-1))
}

// divideWhole is divide for all positions at which every channel is divided by its
// full window.
func (o *average) divideWhole(to, from []float32, T int) {
	start := o.partial(T)
	at := start*o.width + o.first
	if start < T && o.first < o.width {
		kernel.ScaleRows(to[at:], from[at:], o.scale[o.first:], T-start, o.width)
	}
}

// divide turns the sums of position t into means, from channel `first` on.
func (o *average) divide(to, from []float32, t, first int) {
	full := o.full(t, first)
	for i := first; i < full; i++ {
		to[i] = from[i] * o.scale[i]
	}
	for i := full; i < o.width; i++ {
		to[i] = from[i] * o.inv[t+1]
	}
}

// addDivided adds to `to` what divide would store.
func (o *average) addDivided(to, from []float32, t, first int) {
	full := o.full(t, first)
	for i := first; i < full; i++ {
		to[i] += float32(from[i] * o.scale[i])
	}
	for i := full; i < o.width; i++ {
		to[i] += float32(from[i] * o.inv[t+1])
	}
}

// full is the end of the channels, from `first` on, that are divided by their full
// window at position t.
func (o *average) full(t, first int) int {
	end := o.width
	if o.inv != nil {
		for end > first && o.window[end-1] > t+1 {
			end--
		}
	}
	return end
}

func (o *average) Windows() []int { return append([]int(nil), o.window...) }

func (o *average) ParamShape() []int    { return nil }
func (o *average) InitParams([]float32) {}

func (o *average) FLOPs(T int) int64 {
	n := T * (o.width - o.first)
	for _, l := range o.links {
		n += max(0, T-l.shift) * (o.width - l.first)
	}
	return int64(n)
}

func (o *average) Bytes() int64 {
	return kernel.Bytes(o.links) + kernel.Bytes(o.window) + kernel.Bytes(o.scale) + kernel.Bytes(o.inv)
}

// averageState keeps for each link the rows that it will read again: a ring of
// `shift` rows of the sums (or inputs) before the link, which grows until it is
// full.
type averageState struct {
	o     *average
	t     int
	rings [][]float32
}

func (o *average) NewState() State {
	return &averageState{o: o, rings: make([][]float32, len(o.links))}
}

func (s *averageState) Step(y, x, _ []float32) {
	o := s.o
	copy(y[:o.width], x)
	for i, l := range o.links {
		n := o.width - l.first
		slot := ringRow(&s.rings[i], s.t%l.shift, n)
		to, from := y[l.first:o.width], y[l.first:o.width]
		if l.input {
			from = x[l.first:o.width]
		}
		for c := range slot {
			earlier := slot[c]
			slot[c] = from[c]
			// Adding the zero of an empty slot would turn -0 into +0.
			if s.t >= l.shift {
				to[c] += earlier
			}
		}
	}
	o.divide(y, y, s.t, o.first)
	s.t++
}

func (s *averageState) Reset() { s.t = 0 }

// ringRow returns row i of a ring of rows of n values. The ring grows if it has
// only i rows.
func ringRow(ring *[]float32, i, n int) []float32 {
	if i*n == len(*ring) {
		*ring = append(*ring, make([]float32, n)...)
	}
	return (*ring)[i*n:][:n]
}
