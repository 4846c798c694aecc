package wavelet

// An Operator maps the output of a decoder block to the input of the next, for
// one sequence at a time. Arrays are row-major [T, E]. An Operator is immutable:
// any number of goroutines may share one.
type Operator interface {
	// Forward computes y from x. They must not overlap.
	Forward(y, x []float32, T int)
	// Backward computes dx, the gradient of a loss with respect to x, from
	// dy, the one with respect to y. They must not overlap.
	Backward(dx, dy []float32, T int)
	// NewState returns the state of one stream before its first token.
	NewState() State
	// Windows gives for every channel how many positions its output looks
	// at; 1 is a channel that passes.
	Windows() []int
	// FLOPs counts the additions and multiplications of one Forward.
	FLOPs(T int) int64
}

// A State computes an Operator token by token: after t calls of Step it has
// returned the first t rows of Forward, to the bit.
type State interface {
	// Step computes the next row y [E] from the next row x [E]. They must
	// not overlap.
	Step(y, x []float32)
	// Reset returns to the state before the first token.
	Reset()
}

// New returns the operator for a width (channels) and training context
// (positions).
func (s Spec) New(width, context int) Operator {
	switch s.Kind {
	case Haar:
		return newAverage(s.windows(width, context), s.Prefix)
	case Window:
		return newAverage(s.windows(width, context), s.Prefix)
	case Shift:
		return shift{width: width, first: s.firstChannel(width)}
	}
	return identity{width: width}
}

// identity is the operator of the plain GPT.
type identity struct{ width int }

var _ Operator = identity{}

func (o identity) Forward(y, x []float32, T int) { copy(y[:T*o.width], x) }

func (o identity) Backward(dx, dy []float32, T int) { copy(dx[:T*o.width], dy) }

func (o identity) NewState() State { return identityState{} }

func (o identity) FLOPs(int) int64 { return 0 }

func (o identity) Windows() []int {
	w := make([]int, o.width)
	for i := range w {
		w[i] = 1
	}
	return w
}

type identityState struct{}

func (identityState) Step(y, x []float32) { copy(y, x) }
func (identityState) Reset()              {}
