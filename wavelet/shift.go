package wavelet

// shift gives the channels from `first` on the values of one position earlier,
// zero at position 0. It is the cheapest look at the previous token: a control
// for what the averages add.
type shift struct{ width, first int }

var _ Operator = shift{}

func (o shift) Forward(y, x, _ []float32, T int) {
	E := o.width
	for t := range T {
		copy(y[t*E:], x[t*E:t*E+o.first])
		if t == 0 {
			clear(y[o.first:E])
		} else {
			copy(y[t*E+o.first:(t+1)*E], x[(t-1)*E+o.first:])
		}
	}
}

func (o shift) Backward(dx, _, dy, _, _ []float32, T int) {
	E := o.width
	for t := range T {
		copy(dx[t*E:], dy[t*E:t*E+o.first])
		if t == T-1 {
			clear(dx[t*E+o.first : (t+1)*E])
		} else {
			copy(dx[t*E+o.first:(t+1)*E], dy[(t+1)*E+o.first:])
		}
	}
}

func (o shift) NewState() State {
	return &shiftState{o: o, previous: make([]float32, o.width-o.first)}
}

func (o shift) Windows() []int {
	w := make([]int, o.width)
	for i := range w {
		w[i] = 1
		if i >= o.first {
			w[i] = 2
		}
	}
	return w
}

func (o shift) ParamShape() []int    { return nil }
func (o shift) InitParams([]float32) {}

func (o shift) FLOPs(int) int64 { return 0 }

type shiftState struct {
	o        shift
	previous []float32
}

func (s *shiftState) Step(y, x, _ []float32) {
	copy(y[:s.o.first], x)
	copy(y[s.o.first:s.o.width], s.previous)
	copy(s.previous, x[s.o.first:s.o.width])
}

func (s *shiftState) Reset() { clear(s.previous) }
