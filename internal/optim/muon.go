package optim

import (
	"cmp"
	"math"
	"slices"
	"unsafe"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// A Matrix is a weight matrix among the parameters: its rows begin at Start and are
// Stride apart, because others may stand beside it. Its momentum begins at State in the
// array of [Muon], with rows that are as far apart.
type Matrix struct {
	Start, State          int
	Rows, Columns, Stride int
	Transposed            bool // [out, in], else [in, out]
	Decay                 bool
}

// Muon is the state of the optimizer of matrices: their momentum.
type Muon struct {
	M        []float32
	c        config.Train
	matrices []Matrix
	scratch  [][]float32 // of every worker
}

// A Workers is a [Parallel] that tells which worker, below some number, calls do. Each
// does one task at a time.
type Workers func(n int, do func(worker, i int))

// NewMuon returns the state before the first step, all zero, in an array of some length,
// for so many workers.
func NewMuon(c config.Train, length int, matrices []Matrix, workers int) *Muon {
	o := &Muon{M: kernel.Floats(length), c: c, matrices: ordered(matrices), scratch: make([][]float32, min(workers, len(matrices)))}
	for i := range o.scratch {
		o.scratch[i] = kernel.Floats(muonScratch(matrices))
	}
	return o
}

// MuonMemory returns the bytes of all arrays of the state that [NewMuon] would return.
func MuonMemory(length int, matrices []Matrix, workers int) int64 {
	const slice = int64(unsafe.Sizeof([]float32{}))
	workers = min(workers, len(matrices))
	return 4*int64(length) + kernel.Bytes(ordered(matrices)) + int64(workers)*(slice+4*int64(muonScratch(matrices)))
}

// ordered returns the matrices with the most work first: the last tasks of a step are
// then short, and no worker waits long for another.
func ordered(matrices []Matrix) []Matrix {
	all := make([]Matrix, len(matrices))
	copy(all, matrices)
	slices.SortStableFunc(all, func(a, b Matrix) int {
		return cmp.Compare(b.Rows*b.Columns, a.Rows*a.Columns)
	})
	return all
}

// muonScratch is the length of the scratch for one matrix, the largest of all.
func muonScratch(matrices []Matrix) (most int) {
	for _, m := range matrices {
		most = max(most, m.Rows*m.Columns+kernel.OrthogonalizeScratch(m.Rows, m.Columns))
	}
	return most
}

// Update takes a step with learning rate lr and the gradient multiplied by scale. For
// every matrix w [in, out], with the momentum m and mu = train.muon_momentum,
//
//	g = scale gradient
//	m = m + (1-mu) (g - m)
//	u = m - (1-mu) (m - g)                      Nesterov's: g + mu (m - g)
//	w = w - lr train.weight_decay w
//	w = w - lr sqrt(max(1, out/in)) o(u)        o: kernel.Orthogonalize
//
// This is torch.optim.Muon, with its default adjust_lr_fn, "original", in float32.
// PyTorch's weights are [out, in]; o of a transpose is the transpose of o.
func (o *Muon) Update(params, grad []float32, lr, scale float64, run Workers) {
	run(len(o.matrices), func(worker, i int) {
		o.matrices[i].update(params, grad, o.M, o.scratch[worker], o.c, lr, scale)
	})
}

func (m Matrix) update(params, grad, momentum, scratch []float32, c config.Train, lr, scale float64) {
	u, scratch := scratch[:m.Rows*m.Columns], scratch[m.Rows*m.Columns:]
	factor, rest := float32(scale), float32(1-c.MuonMomentum)
	for r := range m.Rows {
		row := u[r*m.Columns:][:m.Columns]
		v, g := momentum[m.State+r*m.Stride:][:len(row)], grad[m.Start+r*m.Stride:][:len(row)]
		for i := range row {
			x := float32(g[i] * factor)
			v[i] += float32(rest * (x - v[i]))
			row[i] = v[i] - float32(rest*(v[i]-x))
		}
	}
	kernel.Orthogonalize(u, scratch, m.Rows, m.Columns)
	in, out := m.Rows, m.Columns
	if m.Transposed {
		in, out = out, in
	}
	rate, decay := float32(lr*math.Sqrt(max(1, float64(out)/float64(in)))), float32(0)
	if m.Decay {
		decay = float32(lr * c.Decay)
	}
	for r := range m.Rows {
		row := u[r*m.Columns:][:m.Columns]
		w := params[m.Start+r*m.Stride:][:len(row)]
		for i, x := range row {
			w[i] -= float32(decay * w[i])
			w[i] -= float32(rate * x)
		}
	}
}
