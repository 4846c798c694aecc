package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// ema is an exponential moving average with a separate rate for each channel from
// `first` on:
//
//	y[t] = a y[t-1] + (1-a) x[t],  y[-1] = 0
type ema struct {
	first int
	a, b  []float32 // [E]: a and 1-a; 0 and 1 if the channel passes
}

var _ Operator = (*ema)(nil)

// newEMA returns the operator with factors a for the last len(a) channels.
func newEMA(width int, a []float64) *ema {
	o := &ema{first: width - len(a), a: make([]float32, width), b: make([]float32, width)}
	for i := range width {
		o.b[i] = 1
		if i >= o.first {
			o.a[i] = float32(a[i-o.first])
			o.b[i] = float32(1 - a[i-o.first])
		}
	}
	return o
}

func (o *ema) Forward(y, x, _ []float32, T int) {
	E := len(o.a)
	for t := range T {
		row := y[t*E : (t+1)*E]
		copy(row, x[t*E:t*E+o.first])
		for i := o.first; i < E; i++ {
			v := float32(o.b[i] * x[t*E+i])
			if t > 0 {
				v += float32(o.a[i] * y[(t-1)*E+i])
			}
			row[i] = v
		}
	}
}

// Backward runs the same recursion in reversed time and multiplies by 1-a
// last.
func (o *ema) Backward(dx, _, dy, _, _ []float32, T int) {
	E := len(o.a)
	for t := T - 1; t >= 0; t-- {
		row := dx[t*E : (t+1)*E]
		copy(row, dy[t*E:t*E+o.first])
		for i := o.first; i < E; i++ {
			v := dy[t*E+i]
			if t < T-1 {
				v += float32(o.a[i] * dx[(t+1)*E+i])
			}
			row[i] = v
		}
	}
	for t := range T {
		for i := o.first; i < E; i++ {
			dx[t*E+i] *= o.b[i]
		}
	}
}

func (o *ema) NewState() State { return &emaState{o: o, y: make([]float32, len(o.a))} }

// Windows is 0 for channels that look back on all positions.
func (o *ema) Windows() []int {
	w := make([]int, len(o.a))
	for i, a := range o.a {
		if a == 0 {
			w[i] = 1
		}
	}
	return w
}

func (o *ema) FLOPs(T int) int64 { return 3 * int64(T) * int64(len(o.a)-o.first) }

func (o *ema) Bytes() int64 { return kernel.Bytes(o.a) + kernel.Bytes(o.b) }

func (o *ema) ParamShape() []int    { return nil }
func (o *ema) InitParams([]float32) {}

type emaState struct {
	o       *ema
	started bool
	y       []float32 // the last output
}

func (s *emaState) Step(y, x, _ []float32) {
	o := s.o
	copy(y[:len(s.y)], x)
	for i := o.first; i < len(s.y); i++ {
		v := float32(o.b[i] * x[i])
		if s.started {
			v += float32(o.a[i] * s.y[i])
		}
		s.y[i], y[i] = v, v
	}
	s.started = true
}

func (s *emaState) Reset() { s.started = false }
