package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// taps delays each channel by some positions, with zeros before position 0. For shift
// that is one position: the cheapest way to see the previous token, and so a control
// for what averages add. For taps the delays are powers of two.
type taps struct {
	width  int
	groups []tap // all channels, in order
}

// A tap is the channels from..to-1, which are delayed by `delay` positions.
type tap struct{ delay, from, to int }

var _ Operator = (*taps)(nil)

// newTaps returns the operator for delays that never descend.
func newTaps(delays []int) *taps {
	o := &taps{width: len(delays)}
	for i, d := range delays {
		if n := len(o.groups); n > 0 && o.groups[n-1].delay == d {
			o.groups[n-1].to++
		} else {
			o.groups = append(o.groups, tap{delay: d, from: i, to: i + 1})
		}
	}
	return o
}

func (o *taps) Forward(y, x, _ []float32, T int) {
	E := o.width
	for t := range T {
		row := y[t*E : (t+1)*E]
		for _, g := range o.groups {
			if t < g.delay {
				clear(row[g.from:g.to])
			} else {
				copy(row[g.from:g.to], x[(t-g.delay)*E+g.from:])
			}
		}
	}
}

func (o *taps) Backward(dx, _, dy, _, _ []float32, T int) {
	E := o.width
	for t := range T {
		row := dx[t*E : (t+1)*E]
		for _, g := range o.groups {
			if t >= T-g.delay {
				clear(row[g.from:g.to])
			} else {
				copy(row[g.from:g.to], dy[(t+g.delay)*E+g.from:])
			}
		}
	}
}

func (o *taps) Windows() []int {
	w := make([]int, o.width)
	for _, g := range o.groups {
		for i := g.from; i < g.to; i++ {
			w[i] = g.delay + 1
		}
	}
	return w
}

func (o *taps) ParamShape() []int    { return nil }
func (o *taps) InitParams([]float32) {}

func (o *taps) FLOPs(int) int64 { return 0 }
func (o *taps) Bytes() int64    { return kernel.Bytes(o.groups) }

// tapsState keeps a ring of the last `delay` rows for each tap.
type tapsState struct {
	o     *taps
	t     int
	rings [][]float32
}

func (o *taps) NewState() State { return &tapsState{o: o, rings: make([][]float32, len(o.groups))} }

func (s *tapsState) Step(y, x, _ []float32) {
	copy(y[:s.o.width], x)
	for i, g := range s.o.groups {
		if g.delay > 0 {
			row := ringRow(&s.rings[i], s.t%g.delay, g.to-g.from)
			exchange(row, y[g.from:g.to], s.t >= g.delay)
		}
	}
	s.t++
}

func (s *tapsState) Reset() { s.t = 0 }
