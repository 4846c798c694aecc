package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// scaling multiplies channels by a learned factor, with an a for each level:
//
//	y = (1 + a) x
//
// The other channels pass. It is a control: it has gates as mix=gate has, and does not
// look at other positions.
type scaling struct {
	width  int
	first  int
	levels []Level // the channels of each factor
}

var _ Operator = (*scaling)(nil)

func (o *scaling) Forward(y, x, a []float32, T int) {
	E := o.width
	for t := range T {
		copy(y[t*E:t*E+o.first], x[t*E:])
		for k, l := range o.levels {
			factor := 1 + a[k]
			to := y[t*E+l.From : t*E+l.To]
			for i, v := range x[t*E+l.From:][:len(to)] {
				to[i] = v * factor
			}
		}
	}
}

func (o *scaling) Backward(dx, da, dy, x, a []float32, T int) {
	E := o.width
	o.Forward(dx, dy, a, T)
	for k, l := range o.levels {
		sum := 0.0
		for t := range T {
			above := dy[t*E+l.From : t*E+l.To]
			for i, v := range x[t*E+l.From:][:len(above)] {
				sum += float64(v * above[i])
			}
		}
		da[k] += float32(sum)
	}
}

func (o *scaling) ParamShape() []int {
	if len(o.levels) == 0 {
		return nil
	}
	return []int{len(o.levels)}
}

func (o *scaling) InitParams(a []float32) { clear(a) }

func (o *scaling) NewState() State { return scalingState{o} }

// Windows is 1: no output depends on another position.
func (o *scaling) Windows() []int { return identity{width: o.width}.Windows() }

func (o *scaling) FLOPs(T int) int64 { return int64(T) * int64(o.width-o.first) }
func (o *scaling) Bytes() int64      { return kernel.Bytes(o.levels) }

type scalingState struct{ o *scaling }

func (s scalingState) Step(y, x, a []float32) { s.o.Forward(y, x, a, 1) }
func (s scalingState) Reset()                 {}
