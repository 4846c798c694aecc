package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// span locates a tensor in a flat array of parameters or gradients.
type span struct{ offset, size int }

// of is nil for a span of size 0.
func (s span) of(flat []float32) []float32 {
	if s.size == 0 {
		return nil
	}
	return flat[s.offset : s.offset+s.size : s.offset+s.size]
}

// linear is a dense layer y = x W + bias.
type linear struct {
	weight, bias span // a bias of size 0 is none
	in, out      int
	transposed   bool // the weight is stored [out, in]
	packed       kernel.Matrix
}

func (l *linear) pack(params []float32) {
	if l.transposed {
		l.packed.PackTransposed(l.weight.of(params), l.in, l.out)
	} else {
		l.packed.Pack(l.weight.of(params), l.in, l.out)
	}
}

func (l *linear) forward(y, x, params []float32, rows int) {
	kernel.Linear(y, x, &l.packed, l.bias.of(params), rows)
}

// backward computes dx and adds the gradients of weight and bias to grad. scratch
// is that of kernel.LinearWeight.
func (l *linear) backward(dx, dy, x []float32, grad gradient, scratch []float32, rows int) {
	l.backwardWeight(dy, x, grad, scratch, rows)
	l.backwardInput(dx, dy, rows)
}

func (l *linear) backwardInput(dx, dy []float32, rows int) {
	kernel.LinearInput(dx, dy, &l.packed, rows)
}

func (l *linear) backwardWeight(dy, x []float32, grad gradient, scratch []float32, rows int) {
	if l.transposed {
		kernel.LinearWeight(grad.of(l.weight), dy, x, scratch, rows, l.out, l.in)
	} else {
		kernel.LinearWeight(grad.of(l.weight), x, dy, scratch, rows, l.in, l.out)
	}
	if l.bias.size > 0 {
		kernel.LinearBias(grad.of(l.bias), dy, rows, l.out)
	}
}

// norm is a LayerNorm or, without a bias, an RMSNorm, which may have no gain either.
type norm struct {
	gain, bias span
	n          int
}

// rmsEpsilon is the rms_norm_eps of NanoChatConfig.
const rmsEpsilon = 1e-6

// normed is what the backward pass of a norm needs in addition to its input.
type normed struct{ mean, rstd []float32 }

func (s normed) of(r tokenRange) normed { return normed{r.of(s.mean, 1), r.of(s.rstd, 1)} }

func (l norm) forward(y, x []float32, s normed, params []float32, rows int) {
	if l.bias.size == 0 {
		kernel.RMSNorm(y, s.rstd, x, l.gain.of(params), rows, l.n, rmsEpsilon)
		return
	}
	kernel.LayerNorm(y, s.mean, s.rstd, x, l.gain.of(params), l.bias.of(params), rows, l.n)
}

// backward adds to dx and to the gradients of gain and bias in grad.
func (l norm) backward(dx, dy, x []float32, s normed, params []float32, grad gradient, rows int) {
	if l.bias.size == 0 {
		kernel.RMSNormGradient(dx, grad.of(l.gain), dy, x, s.rstd, l.gain.of(params), rows, l.n)
		return
	}
	kernel.LayerNormGradient(dx, grad.of(l.gain), grad.of(l.bias), dy, x, s.mean, s.rstd, l.gain.of(params), rows, l.n)
}
