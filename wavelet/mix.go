package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// mixed mixes what an operator computes with its input, in the channels from `first`
// on; the others pass. With mix=add
//
//	y = x + op(x)
//
// and with mix=gate, with a g for each level,
//
//	y = x + g (op(x) - x)
//
// The gates follow the operator's own parameters.
type mixed struct {
	Operator
	width, first int
	own          int     // parameters of the operator
	gates        []Level // the channels of each gate; none for mix=add
	gate         float32 // initial value of gates
}

var _ Operator = (*mixed)(nil)

// mixed returns an operator as the spec mixes it.
func (s Spec) mixed(o Operator, first, n, context int) Operator {
	if s.Mix == MixReplace || s.Mix == "" || n == 0 {
		return o
	}
	m := &mixed{Operator: o, width: first + n, first: first, own: size(o.ParamShape()), gate: float32(s.Gate)}
	if s.Mix == MixGate {
		m.gates = shifted(s.levels(n, context), first)
	}
	return m
}

// shifted moves levels of acting channels behind the channels that pass.
func shifted(levels []Level, first int) []Level {
	for i := range levels {
		levels[i].From += first
		levels[i].To += first
	}
	return levels
}

// size is the number of parameters of a shape.
func size(shape []int) int {
	if shape == nil {
		return 0
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (o *mixed) Forward(y, x, params []float32, T int) {
	o.Operator.Forward(y, x, params[:o.own], T)
	o.mix(y, x, params[o.own:], T)
}

// mix turns rows of op(x) into y.
func (o *mixed) mix(y, x, gates []float32, T int) {
	E := o.width
	if o.gates == nil {
		kernel.AddRows(y[o.first:], x[o.first:], T, E-o.first, E)
		return
	}
	for t := range T {
		for i, l := range o.gates {
			towards(y[t*E+l.From:t*E+l.To], x[t*E+l.From:], gates[i])
		}
	}
}

// towards computes y[i] = x[i] + g (y[i] - x[i]) for every i of y.
func towards(y, x []float32, g float32) {
	for i, v := range x[:len(y)] {
		y[i] = v + float32(g*(y[i]-v))
	}
}

// Backward needs no room for op(x) or g dy: operators are linear and mix no channels,
// so with d = op'(dy), the gradient of the operator alone,
//
//	dx = dy + g (d - dy),   dg = sum of dy (op(x) - x) = sum of (d - dy) x
func (o *mixed) Backward(dx, dparams, dy, x, params []float32, T int) {
	E := o.width
	if o.gates == nil {
		o.Operator.Backward(dx, dparams, dy, x, params, T)
		kernel.AddRows(dx[o.first:], dy[o.first:], T, E-o.first, E)
		return
	}
	gates, dgates := params[o.own:], dparams[o.own:]
	if c, ok := o.Operator.(*convolution); ok {
		c.backward(dx, dparams, dy, x, params, T, o.gates, gates)
	} else {
		o.Operator.Backward(dx, nil, dy, nil, nil, T)
	}
	for i, l := range o.gates {
		sum := 0.0
		for t := range T {
			d, above, in := dx[t*E+l.From:t*E+l.To], dy[t*E+l.From:], x[t*E+l.From:]
			for c, v := range d {
				sum += float64(float32(v-above[c]) * in[c])
			}
			towards(d, above, gates[i])
		}
		dgates[i] += float32(sum)
	}
}

func (o *mixed) ParamShape() []int {
	if o.gates == nil {
		return o.Operator.ParamShape()
	}
	return []int{o.own + len(o.gates)}
}

func (o *mixed) InitParams(params []float32) {
	o.Operator.InitParams(params[:o.own])
	for i := range o.gates {
		params[o.own+i] = o.gate
	}
}

func (o *mixed) FLOPs(T int) int64 {
	each := int64(1)
	if o.gates != nil {
		each = 3
	}
	return o.Operator.FLOPs(T) + each*int64(T)*int64(o.width-o.first)
}

func (o *mixed) Bytes() int64 { return o.Operator.Bytes() + kernel.Bytes(o.gates) }

type mixedState struct {
	State
	o *mixed
}

func (o *mixed) NewState() State { return &mixedState{o.Operator.NewState(), o} }

func (s *mixedState) Step(y, x, params []float32) {
	s.State.Step(y, x, params[:s.o.own])
	s.o.mix(y, x, params[s.o.own:], 1)
}
