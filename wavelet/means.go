package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// means is the operator of all fixed means: haar, window, windows, dyadic, shift and
// taps. Each group of channels becomes the mean over `width` positions that end
// `delay` positions before the present one, computed by repeated shift-and-add. With x
// the input `delay` positions late, and S_w the sum over w positions of it,
//
//	S_1 = x,   S_2m[t] = S_m[t] + S_m[t-m],   S_2m+1[t] = S_2m[t] + x[t-2m]
//
// A window of w positions takes about log2 w additions per position. No error
// accumulates along the sequence, as it would in a running sum. Neighbouring groups
// share the additions that they have in common. A detail has a minus in the last one:
//
//	S_m[t]/m - S_2m[t]/2m = (S_m[t] - S_m[t-m])/2m
type means struct {
	width  int
	groups []group // all channels, in order
	late   []span  // all channels, in order, by delay
	links  []link  // the additions, in order
	// The groups from first..last-1 have windows above 1, perhaps with others
	// between them, and are divided.
	first, last int
	scale       []float32 // 1/window of each channel
	inv         []float32 // prefix=count: inv[n] = 1/n for n below the largest window
	whole       int       // the first position at which all are divided by full windows
}

// A span are the channels from..to-1, which are `delay` positions late.
type span struct{ from, to, delay int }

var _ Operator = (*means)(nil)

// newMeans returns the operator for groups of the channels from `first` on.
func newMeans(first int, groups []group, prefix Prefix) *means {
	o := &means{}
	if first > 0 {
		o.groups = append(o.groups, group{to: first, width: 1})
	}
	for _, g := range groups {
		g.from, g.to = g.from+first, g.to+first
		o.groups = append(o.groups, g)
	}
	largest := 1
	for i, g := range o.groups {
		largest = max(largest, g.width)
		if g.width > 1 {
			if o.last == 0 {
				o.first = i
			}
			o.last = i + 1
		}
		if last := len(o.late) - 1; last >= 0 && o.late[last].delay == g.delay {
			o.late[last].to = g.to
		} else {
			o.late = append(o.late, span{g.from, g.to, g.delay})
		}
		o.width = g.to
	}
	o.scale = make([]float32, o.width)
	for _, g := range o.groups {
		for i := g.from; i < g.to; i++ {
			o.scale[i] = 1 / float32(g.width)
		}
	}
	o.links = links(o.groups)
	if prefix == PrefixCount {
		for _, g := range o.groups {
			o.whole = max(o.whole, g.delay+g.width-1)
		}
		o.inv = make([]float32, largest)
		for n := 1; n < largest; n++ {
			o.inv[n] = 1 / float32(n)
		}
	}
	return o
}

func (o *means) Forward(y, x, _ []float32, T int) {
	E := o.width
	o.move(y, x, T, 1)
	for _, l := range o.links {
		start := l.delay + l.shift
		if start >= T {
			continue
		}
		// In place, from the last row: the row that is read must be the old one.
		to, from := y[start*E+l.from:T*E], y[l.delay*E+l.from:]
		switch {
		case l.input:
			kernel.AddRowsDown(to, x[l.from:], T-start, l.to-l.from, E)
		case l.minus:
			for t := T - start - 1; t >= 0; t-- {
				subtract(to[t*E:][:l.to-l.from], from[t*E:])
			}
		default:
			kernel.AddRowsDown(to, from, T-start, l.to-l.from, E)
		}
	}
	whole := min(o.whole, T)
	for t := range whole {
		o.divide(y[t*E:(t+1)*E], t, true)
	}
	o.divideWhole(y, whole, T)
}

// Backward is the transpose: first the division, then the additions with time
// reversed. (The additions are sums of shifts. The transpose of a shift is the shift
// in the other direction, and shifts commute.)
func (o *means) Backward(dx, _, dy, _, _ []float32, T int) {
	E := o.width
	o.move(dx, dy, T, -1)
	whole := min(T, max(0, len(o.inv)-1))
	for t := range whole {
		o.divide(dx[t*E:(t+1)*E], t, false)
	}
	o.divideWhole(dx, whole, T)
	for _, l := range o.links {
		rows := T - l.delay - l.shift
		if rows <= 0 {
			continue
		}
		from := dx[l.shift*E+l.from:]
		switch {
		case l.input:
			o.addDivided(dx, dy, l, rows)
		case l.minus:
			for t := range rows {
				subtract(dx[t*E+l.from:][:l.to-l.from], from[t*E:])
			}
		default:
			kernel.AddRows(dx[l.from:], from, rows, l.to-l.from, E)
		}
	}
}

// move copies x into y, each channel late by its delay or, in direction -1, early by it,
// with zeros where x has no such row.
func (o *means) move(y, x []float32, T, direction int) {
	E := o.width
	if len(o.late) == 1 && o.late[0].delay == 0 {
		copy(y[:T*E], x)
		return
	}
	for t := range T {
		for _, s := range o.late {
			row := y[t*E+s.from : t*E+s.to]
			if from := t - direction*s.delay; 0 <= from && from < T {
				copy(row, x[from*E+s.from:])
			} else {
				clear(row)
			}
		}
	}
}

// subtract computes y[i] -= x[i] for every i of y.
func subtract(y, x []float32) {
	for i, v := range x[:len(y)] {
		y[i] -= v
	}
}

// Windows is the delay and the window.
func (o *means) Windows() []int {
	w := make([]int, o.width)
	for _, g := range o.groups {
		for i := g.from; i < g.to; i++ {
			w[i] = g.delay + g.width
		}
	}
	return w
}

func (o *means) ParamShape() []int    { return nil }
func (o *means) InitParams([]float32) {}

func (o *means) FLOPs(T int) int64 {
	n := 0
	for _, g := range o.groups {
		if g.width > 1 {
			n += max(0, T-g.delay) * (g.to - g.from)
		}
	}
	for _, l := range o.links {
		n += max(0, T-l.delay-l.shift) * (l.to - l.from)
	}
	return int64(n)
}

func (o *means) Bytes() int64 {
	return kernel.Bytes(o.groups) + kernel.Bytes(o.late) + kernel.Bytes(o.links) + kernel.Bytes(o.scale) + kernel.Bytes(o.inv)
}
