package wavelet

// An Operator maps the output of a decoder block to the input of the next, for
// one sequence at a time. Arrays are row-major [T, E]. An Operator is immutable:
// any number of goroutines may share one.
type Operator interface {
	// Forward computes y from x. They must not overlap.
	Forward(y, x, params []float32, T int)
	// Backward computes dx, the gradient of a loss with respect to x, from
	// dy, the one with respect to y, and adds to dparams the one with
	// respect to params. They must not overlap. An operator without
	// parameters does not look at dparams, x and params.
	Backward(dx, dparams, dy, x, params []float32, T int)
	// ParamShape is the shape of the parameters of one layer, nil for none.
	ParamShape() []int
	// InitParams sets the parameters to where training starts.
	InitParams(params []float32)
	// NewState returns the state of one stream before its first token.
	NewState() State
	// Windows gives for every channel how many positions, the present one
	// included, its output looks back on; 1 is a channel that passes, 0 is
	// one without an end.
	Windows() []int
	// FLOPs counts the additions and multiplications of one Forward.
	FLOPs(T int) int64
	// Bytes is the size of the operator's tables in memory.
	Bytes() int64
}

// A State computes an Operator token by token: after t calls of Step it has
// returned the first t rows of Forward, to the bit.
type State interface {
	// Step computes the next row y [E] from the next row x [E]. They must
	// not overlap.
	Step(y, x, params []float32)
	// Reset returns to the state before the first token.
	Reset()
}

// New returns the operator for a width (channels) and training context
// (positions).
func (s Spec) New(width, context int) Operator {
	first := s.firstChannel(width)
	switch s.Kind {
	case Haar, Window:
		o := newAverage(s.windows(width, context), s.Prefix)
		if s.Delay > 0 {
			return delayed{Operator: o, width: width, first: first, delay: s.Delay}
		}
		return o
	case Shift, Taps:
		return newTaps(s.delays(width, context))
	case EMA:
		return newEMA(width, s.factors(width, context))
	case Learned:
		return newConvolution(s.windows(width, context), first, true)
	case Conv:
		return newConvolution(s.windows(width, context), first, false)
	}
	return identity{width: width}
}

// identity is the operator of the plain GPT.
type identity struct{ width int }

var _ Operator = identity{}

func (o identity) Forward(y, x, _ []float32, T int) { copy(y[:T*o.width], x) }

func (o identity) Backward(dx, _, dy, _, _ []float32, T int) { copy(dx[:T*o.width], dy) }

func (o identity) NewState() State { return identityState{} }

func (o identity) FLOPs(int) int64 { return 0 }
func (o identity) Bytes() int64    { return 0 }

func (o identity) Windows() []int {
	w := make([]int, o.width)
	for i := range w {
		w[i] = 1
	}
	return w
}

func (o identity) ParamShape() []int    { return nil }
func (o identity) InitParams([]float32) {}

type identityState struct{}

func (identityState) Step(y, x, _ []float32) { copy(y, x) }
func (identityState) Reset()                 {}
