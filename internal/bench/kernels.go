package bench

import (
	"fmt"
	"maps"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/train"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// work is one kernel at one shape.
type work struct {
	name, shape string
	mixer       string // the operator, empty for other kernels
	calls       int    // per step
	flops       int64  // per call
	call        func()
}

// shapes collects the work of one training step.
type shapes struct {
	m         config.Model
	T, E, KV  int // tokens per sequence, width, channels of keys
	family    string
	sequences int
	scratch   []float32
	list      []work
}

// stepWork lists the kernels of a step, called as packages gpt, optim and train
// call them, and those of the operators.
func stepWork(c config.Config, stepper *train.Stepper) ([]work, error) {
	m := c.Model
	s := &shapes{m: m, T: m.Context, E: m.Width, family: m.Family, sequences: sequences(c.Train)}
	s.KV, _ = m.Row(wavelet.AtKey)
	s.scratch = make([]float32, max(
		kernel.AttentionScratch(s.T, s.E/m.Heads),
		kernel.WeightScratch(max(s.E, m.Hidden, vocabulary), max(3*s.E, m.Hidden, vocabulary)),
	))
	calls := s.sequences * m.Layers
	biases, gates := s.family == "gpt2", 1
	if s.family == "llama" {
		gates = 2
	}
	s.linear("qkv", s.E, s.E+2*s.KV, calls, biases)
	s.linear("projection", s.E, s.E, calls, biases)
	s.linear("mlp in", s.E, gates*m.Hidden, calls, biases)
	s.linear("mlp out", m.Hidden, s.E, calls, biases)
	s.linear("head", s.E, vocabulary, s.sequences, false)
	s.attention(calls)
	norms := 2 * calls
	if m.Norm == "pre" {
		norms += s.sequences // before the head
	}
	if s.family == "nanochat" {
		norms += s.sequences // after the embedding
	}
	s.norm(norms)
	s.rotation(calls)
	s.elementwise(calls)
	s.loss()
	s.parameters(stepper.Model().Parameters(), stepper.Lanes())
	byAdamW := stepper.Model().Parameters()
	if c.Train.Optimizer == "muon" {
		byAdamW -= s.muon(stepper.Model().Tensors())
	}
	s.adamw(byAdamW)
	for _, mixer := range mixers {
		if err := s.operator(mixer); err != nil {
			return nil, err
		}
	}
	return s.list, nil
}

func (s *shapes) add(name, shape string, calls int, flops int, call func()) {
	s.list = append(s.list, work{name: name, shape: shape, calls: calls, flops: int64(flops), call: call})
}

// values returns n nonzero numbers with magnitudes up to about 1.
func values(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*37%251-125)/100 + 0.001
	}
	return x
}

func (s *shapes) linear(name string, in, out, calls int, bias bool) {
	T := s.T
	x, y, w, b := values(T*in), values(T*out), values(in*out), values(out)
	dx, dw := make([]float32, T*in), make([]float32, in*out)
	if !bias {
		b = nil
	}
	m := new(kernel.Matrix)
	m.Pack(w, in, out)
	shape, flops := fmt.Sprintf("%dx%dx%d", T, in, out), 2*T*in*out
	s.add(name+" forward", shape, calls, flops, func() { kernel.Linear(y, x, m, b, T) })
	s.add(name+" input", shape, calls, flops, func() { kernel.LinearInput(dx, y, m, T) })
	s.add(name+" weight", shape, calls, flops, func() { kernel.LinearWeight(dw, x, y, s.scratch, T, in, out) })
	if bias {
		s.add(name+" bias", fmt.Sprintf("%dx%d", T, out), calls, T*out, func() { kernel.LinearBias(b, y, T, out) })
	}
	s.add(name+" packing", fmt.Sprintf("%dx%d", in, out), calls/s.sequences, 0, func() { m.Pack(w, in, out) })
}

func (s *shapes) attention(calls int) {
	T, E, heads := s.T, s.E, s.m.Heads
	size := E / heads
	qkv, out, dout, stats := values(T*3*E), make([]float32, T*E), values(T*E), make([]float32, 2*T*heads)
	dqkv := make([]float32, T*3*E)
	kernel.Attention(out, stats, qkv, s.scratch, T, heads, size)
	shape := fmt.Sprintf("%dx%d, %d heads", T, size, heads)
	flops := 2 * E * T * (T + 1)
	s.add("attention forward", shape, calls, flops, func() { kernel.Attention(out, stats, qkv, s.scratch, T, heads, size) })
	s.add("attention backward", shape, calls, 2*flops, func() {
		kernel.AttentionGradient(dqkv, dout, qkv, stats, s.scratch, T, heads, size)
	})
}

func (s *shapes) norm(calls int) {
	T, E := s.T, s.E
	x, y, gain, bias := values(T*E), make([]float32, T*E), values(E), values(E)
	mean, rstd := make([]float32, T), make([]float32, T)
	dx, dgain, dbias := make([]float32, T*E), make([]float32, E), make([]float32, E)
	shape := fmt.Sprintf("%dx%d", T, E)
	if s.family != "gpt2" {
		if s.family == "nanochat" {
			gain, dgain = nil, nil
		}
		forward := func() { kernel.RMSNorm(y, rstd, x, gain, T, E, 1e-6) }
		forward()
		s.add("rms norm forward", shape, calls, 3*T*E, forward)
		s.add("rms norm backward", shape, calls, 8*T*E, func() { kernel.RMSNormGradient(dx, dgain, y, x, rstd, gain, T, E) })
		return
	}
	kernel.LayerNorm(y, mean, rstd, x, gain, bias, T, E)
	s.add("layer norm forward", shape, calls, 8*T*E, func() { kernel.LayerNorm(y, mean, rstd, x, gain, bias, T, E) })
	s.add("layer norm backward", shape, calls, 17*T*E, func() {
		kernel.LayerNormGradient(dx, dgain, dbias, y, x, mean, rstd, gain, T, E)
	})
}

// rotation adds the rotation of queries and keys, of nanochat with the norm of every head.
func (s *shapes) rotation(calls int) {
	if s.m.Resolved().Position != "rope" {
		return
	}
	size := s.E / s.m.Heads
	row := s.E + s.KV // queries and keys
	heads := row / size
	x, dx, rstd := values(s.T*row), values(s.T*row), make([]float32, s.T*heads)
	cos, sin := slices.Repeat([]float32{0.8}, size/2), slices.Repeat([]float32{0.6}, size/2)
	rows := func(do func(x, dx, rstd []float32)) func() {
		return func() {
			for t := range s.T {
				do(x[t*row:], dx[t*row:], rstd[t*heads:])
			}
		}
	}
	shape, n := fmt.Sprintf("%dx%d, %d heads", s.T, size, heads), s.T*row
	if s.family != "nanochat" {
		forward := rows(func(x, _, _ []float32) { kernel.Rotate(x, cos, sin, heads, size, 1) })
		s.add("rotation forward", shape, calls, 3*n, forward)
		s.add("rotation backward", shape, calls, 3*n, forward)
		return
	}
	forward := rows(func(x, _, rstd []float32) { kernel.RotateNorm(x, rstd, cos, sin, heads, size, 1e-6, -1) })
	s.add("rotation and norm forward", shape, calls, 6*n, forward)
	// Again and again in place: of this output the gradient keeps its length.
	zero, one := make([]float32, row), slices.Repeat([]float32{1}, heads)
	s.add("rotation and norm backward", shape, calls, 8*n, rows(func(_, dx, _ []float32) {
		kernel.RotateNormGradient(dx, zero, one, cos, sin, heads, size, -1)
	}))
}

func (s *shapes) elementwise(calls int) {
	n := s.T * s.m.Hidden
	x, y, dx, act := values(n), values(n), make([]float32, n), make([]float32, n)
	shape := fmt.Sprintf("%dx%d", s.T, s.m.Hidden)
	switch s.family {
	case "nanochat":
		s.add("relu2 forward", shape, calls, 2*n, func() { kernel.ReLU2(dx, x) })
		s.add("relu2 backward", shape, calls, 4*n, func() { kernel.ReLU2Gradient(dx, act, y, x) })
	case "llama":
		up, dup := values(n), make([]float32, n)
		s.add("swiglu forward", shape, calls, 7*n, func() { kernel.SwiGLU(dx, x, up) })
		s.add("swiglu backward", shape, calls, 14*n, func() { kernel.SwiGLUGradient(dx, dup, act, y, x, up) })
	default:
		s.add("gelu forward", shape, calls, 10*n, func() { kernel.GELU(dx, x) })
		s.add("gelu backward", shape, calls, 19*n, func() { kernel.GELUGradient(dx, act, y, x) })
	}
	n = s.T * s.E
	a, b, sum := values(n), values(n), make([]float32, n)
	s.add("residual sum", fmt.Sprintf("%dx%d", s.T, s.E), 2*calls, n, func() { kernel.Sum(sum, a, b) })
}

func (s *shapes) loss() {
	T, n := s.T, vocabulary
	logits, loss, targets := values(T*n), make([]float32, T), make([]uint16, T)
	gradient := values(T * n)
	for i := range targets {
		targets[i] = uint16(i % n)
	}
	shape := fmt.Sprintf("%dx%d", T, n)
	if s.family == "nanochat" {
		s.add("loss forward", shape, s.sequences, 25*T*n, func() { kernel.CappedCrossEntropy(loss, logits, targets, 15, T, n) })
		s.add("loss backward", shape, s.sequences, 6*T*n, func() { kernel.CappedCrossEntropyGradient(gradient, loss, targets, 15, 1, T, n) })
		return
	}
	s.add("loss forward", shape, s.sequences, 5*T*n, func() { kernel.CrossEntropy(loss, logits, targets, T, n) })
	s.add("loss backward", shape, s.sequences, T*n, func() { kernel.CrossEntropyGradient(gradient, targets, 1, T, n) })
}

// parameters adds the work on all parameters, once per step.
func (s *shapes) parameters(n, lanes int) {
	p, g, m := values(n), values(n), make([]float32, n)
	shape := fmt.Sprint(n)
	s.add("gradient clearing", shape, lanes, 0, func() { clear(m) })
	s.add("gradient sum", shape, lanes-1, n, func() { kernel.Add(p, g) })
	s.add("gradient norm", shape, 1, 2*n, func() { kernel.SumOfSquares(g) })
}

func (s *shapes) adamw(n int) {
	p, g, m, v := values(n), values(n), make([]float32, n), make([]float32, n)
	step := kernel.AdamWStep{Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, Rate: 1e-3, Root: 1, Decay: 1e-4, Scale: 1}
	s.add("adamw", fmt.Sprint(n), 1, 16*n, func() { kernel.AdamW(p, m, v, g, step) })
}

// muon adds the work on the matrices of blocks and returns the number of their elements.
func (s *shapes) muon(tensors []gpt.Tensor) (elements int) {
	counts := map[[2]int]int{}
	for _, t := range tensors {
		for _, out := range t.Columns {
			counts[[2]int{t.Shape[0], out}]++
			elements += t.Shape[0] * out
		}
	}
	order := func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }
	for _, shape := range slices.SortedFunc(maps.Keys(counts), order) {
		in, out := shape[0], shape[1]
		x, scratch := values(in*out), make([]float32, kernel.OrthogonalizeScratch(in, out))
		s.add(fmt.Sprintf("muon %dx%d", in, out), fmt.Sprintf("%dx%d", in, out), counts[shape], kernel.OrthogonalizeFLOPs(in, out), func() {
			kernel.Orthogonalize(x, scratch, in, out)
		})
	}
	return elements
}

// operator adds an operator without parameters.
func (s *shapes) operator(mixer string) error {
	spec, err := wavelet.Parse(mixer)
	if err != nil {
		return err
	}
	T, E, calls := s.T, s.E, 0
	for layer := range s.m.Layers {
		if spec.After(layer, s.m.Layers) {
			calls += s.sequences
		}
	}
	if calls == 0 {
		return nil
	}
	o := spec.New(E, T)
	x, y := values(T*E), make([]float32, T*E)
	for _, direction := range []struct {
		name string
		call func()
	}{
		{" forward", func() { o.Forward(y, x, nil, T) }},
		{" backward", func() { o.Backward(y, nil, x, nil, nil, T) }},
	} {
		s.list = append(s.list, work{
			name: mixer + direction.name, shape: fmt.Sprintf("%dx%d", T, E), mixer: mixer,
			calls: calls, flops: o.FLOPs(T), call: direction.call,
		})
	}
	return nil
}
