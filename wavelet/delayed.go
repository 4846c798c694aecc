package wavelet

// delayed delays the output of a causal operator by `delay` positions in the channels
// from `first` on, with zeros before. The other channels pass without delay.
type delayed struct {
	Operator
	width, first, delay int
}

var _ Operator = delayed{}

func (o delayed) Forward(y, x, params []float32, T int) {
	E := o.width
	delay := min(o.delay, T)
	o.Operator.Forward(y[delay*E:T*E], x, params, T-delay)
	for t := range T {
		copy(y[t*E:t*E+o.first], x[t*E:])
		if t < delay {
			clear(y[t*E+o.first : (t+1)*E])
		}
	}
}

func (o delayed) Backward(dx, dparams, dy, x, params []float32, T int) {
	E := o.width
	delay := min(o.delay, T)
	o.Operator.Backward(dx, dparams, dy[delay*E:T*E], x, params, T-delay)
	for t := range T {
		copy(dx[t*E:t*E+o.first], dy[t*E:])
		if t >= T-delay {
			clear(dx[t*E+o.first : (t+1)*E])
		}
	}
}

func (o delayed) Windows() []int {
	w := o.Operator.Windows()
	for i := o.first; i < o.width; i++ {
		w[i] += o.delay
	}
	return w
}

func (o delayed) FLOPs(T int) int64 { return o.Operator.FLOPs(max(0, T-o.delay)) }

// delayedState keeps a ring of the last `delay` outputs of the operator.
type delayedState struct {
	State
	o    delayed
	t    int
	ring []float32
}

func (o delayed) NewState() State { return &delayedState{State: o.Operator.NewState(), o: o} }

func (s *delayedState) Step(y, x, params []float32) {
	o := s.o
	s.State.Step(y, x, params)
	row := ringRow(&s.ring, s.t%o.delay, o.width-o.first)
	exchange(row, y[o.first:o.width], s.t >= o.delay)
	s.t++
}

func (s *delayedState) Reset() {
	s.State.Reset()
	s.t = 0
}

// exchange swaps y with a row of a ring; y becomes zero if the row is not full yet.
func exchange(row, y []float32, full bool) {
	for i, v := range y {
		y[i] = 0
		if full {
			y[i] = row[i]
		}
		row[i] = v
	}
}
