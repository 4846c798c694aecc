package wavelet

// An Operator maps a sequence of rows to one of the same shape: at its usual place, the
// output of a decoder block to the input of the next. Arrays are row-major [T, E]. An Operator is immutable, so
// any number of goroutines can share it.
type Operator interface {
	// Forward computes y from x. They must not overlap.
	Forward(y, x, params []float32, T int)
	// Backward computes dx, the gradient of a loss with respect to x, from
	// dy, the gradient with respect to y, and adds the gradient with respect
	// to params to dparams. They must not overlap. An operator without
	// parameters ignores dparams, x and params.
	Backward(dx, dparams, dy, x, params []float32, T int)
	// ParamShape is the shape of the parameters of one layer, or nil.
	ParamShape() []int
	// InitParams sets the parameters to their initial values.
	InitParams(params []float32)
	// NewState returns the state of one stream before its first token.
	NewState() State
	// Windows returns for each channel how many positions its output depends
	// on, including the present one. 1 is a channel that passes, 0 is one that
	// depends on all positions so far.
	Windows() []int
	// FLOPs is the number of additions and multiplications of one Forward.
	FLOPs(T int) int64
	// Bytes is the size of the operator's own tables in memory.
	Bytes() int64
}

// A State computes an Operator token by token: t calls of Step return the first t
// rows of Forward, equal to the bit.
type State interface {
	// Step computes the next row y [E] from the next row x [E]. They must
	// not overlap.
	Step(y, x, params []float32)
	// Reset returns to the state before the first token.
	Reset()
}

// New returns the operator for rows of a width in channels and a training context in
// positions. The first channels pass, the last ones are those that it acts on.
func (s Spec) New(width, context int) Operator {
	n := s.Acts(width)
	return s.operator(width-n, n, context)
}

// Acting returns the operator for rows of n channels that it all acts on. It does with
// them what it does with the last n channels of a wider row.
func (s Spec) Acting(n, context int) Operator {
	return s.operator(0, n, context)
}

// operator returns the operator for rows of `first` channels that pass and n that it
// acts on.
func (s Spec) operator(first, n, context int) Operator {
	var o Operator
	switch s.Kind {
	case Haar, Dyadic, Window, Windows, Shift, Taps:
		o = newMeans(first, s.groups(n, context), s.Prefix)
	case EMA:
		o = newEMA(first+n, s.factors(n, context))
	case Learned:
		o = newConvolution(first, s.windows(n, context), startMean)
	case Conv:
		start := startIdentity
		if s.Mix == MixAdd {
			start = startZero
		}
		o = newConvolution(first, s.windows(n, context), start)
	case Scale:
		o = &scaling{width: first + n, first: first, levels: shifted(s.levels(n, context), first)}
	default:
		o = identity{width: first + n}
	}
	return s.mixed(o, first, n, context)
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
