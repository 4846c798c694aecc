package audio

import (
	"fmt"
	"math"
	"sync"
)

// The low-pass filter of the resampler: a sinc in a Kaiser window (Kaiser 1974;
// Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3). With
// half the lower rate as 1, it passes frequencies up to passBand and attenuates
// those above 1 by attenuation.
const (
	passBand    = 0.91
	attenuation = 100 // dB
)

// maxCoefficients bounds the table of a resampler: 64 MB.
const maxCoefficients = 1 << 24

// A filter is what all resamplers of a pair of rates share. It does not change.
type filter struct {
	phases, step int // the rates without their common divisor
	half         int // taps on either side of a time
	taps         [][]float32
}

// A resampler turns samples at one rate into samples at another. Output n is
// the filtered signal at the time of input n*step/phases, so there is no delay.
// The signal is taken as silent before its start and after its end.
type resampler struct {
	*filter
	do func(samples []float32) error

	in          []float32 // from input place first on
	first       int64
	at          int64 // the last input at or before the next output
	phase       int   // how far it lies behind that, in parts of phases
	seen, given int64
	out         []float32
}

// newResampler returns a resampler that calls do with one run of samples after
// another. The slice is valid until do returns.
func newResampler(f *filter, do func(samples []float32) error) *resampler {
	r := &resampler{filter: f, do: do, out: make([]float32, 0, block)}
	r.in = make([]float32, r.half-1, r.half+2*block)
	r.first = -int64(len(r.in))
	return r
}

// Limits of what is kept: recordings of one set have few rates, and only unusual
// pairs of rates need large filters.
const (
	maxFilters = 8
	maxKept    = 1 << 22 // coefficients: 16 MB
)

// filters keeps filters, because to design one takes longer than to resample a
// short recording. It may be used concurrently.
type filters struct {
	mutex sync.Mutex
	known map[[2]int]*filter
	kept  int // coefficients
}

// of returns the filter from one rate to another.
func (k *filters) of(from, to int) (*filter, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	pair := [2]int{from, to}
	if f := k.known[pair]; f != nil {
		return f, nil
	}
	f, err := newFilter(from, to)
	if err != nil {
		return nil, err
	}
	size := 2 * f.half * f.phases
	if k.known == nil || len(k.known) == maxFilters || k.kept+size > maxKept {
		k.known, k.kept = map[[2]int]*filter{}, 0
	}
	k.known[pair] = f
	k.kept += size
	return f, nil
}

func newFilter(from, to int) (*filter, error) {
	a, b := from, to
	for b != 0 {
		a, b = b, a%b
	}
	f := &filter{phases: to / a, step: from / a}
	narrow := min(1, float64(to)/float64(from)) // half the lower rate, by half the rate of the input
	width := math.Pi * (1 - passBand) * narrow  // of the transition, radians per sample
	f.half = int(math.Ceil((attenuation - 7.95) / (2.285 * width) / 2))
	if f.phases*2*f.half > maxCoefficients {
		return nil, fmt.Errorf("the ratio of %d to %d samples per second needs too large a filter; choose another rate, or resample the file first", from, to)
	}
	f.design(narrow * (1 + passBand) / 2)
	return f, nil
}

// design computes the taps for every phase. The cut-off is a fraction of half
// the input's rate.
func (f *filter) design(cutoff float64) {
	const beta = 0.1102 * (attenuation - 8.7)
	f.taps = make([][]float32, f.phases)
	taps := make([]float64, 2*f.half)
	for p := range f.taps {
		sum := 0.0
		for i := range taps {
			t := float64(i-f.half+1) - float64(p)/float64(f.phases)
			u := t / float64(f.half)
			window := bessel(beta*math.Sqrt(max(0, 1-u*u))) / bessel(beta)
			x := math.Pi * cutoff * t
			taps[i] = cutoff * window
			if x != 0 {
				taps[i] *= math.Sin(x) / x
			}
			sum += taps[i]
		}
		f.taps[p] = make([]float32, len(taps))
		for i, x := range taps {
			f.taps[p][i] = float32(x / sum) // so that a constant is unchanged
		}
	}
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// write adds input.
func (r *resampler) write(samples []float32) error {
	r.seen += int64(len(samples))
	return r.push(samples, math.MaxInt64)
}

// finish writes the remaining output. In all it is the input's length times the
// ratio of the rates, rounded, as in sox.
func (r *resampler) finish() error {
	// Not seen*phases/step, which could overflow.
	n, rest := r.seen/int64(r.step), r.seen%int64(r.step)
	total := n*int64(r.phases) + (2*rest*int64(r.phases)+int64(r.step))/(2*int64(r.step))
	if err := r.push(make([]float32, r.half), total); err != nil {
		return err
	}
	return r.flush()
}

// push adds input and writes the output that is now known, up to limit samples
// since the start.
func (r *resampler) push(samples []float32, limit int64) error {
	r.in = append(r.in, samples...)
	end := r.first + int64(len(r.in))
	for ; r.at+int64(r.half) < end && r.given < limit; r.given++ {
		from := int(r.at - int64(r.half) + 1 - r.first)
		r.out = append(r.out, dot(r.taps[r.phase], r.in[from:]))
		if len(r.out) == cap(r.out) {
			if err := r.flush(); err != nil {
				return err
			}
		}
		r.phase += r.step
		r.at += int64(r.phase / r.phases)
		r.phase %= r.phases
	}
	// Drop input that no later output needs.
	if drop := min(r.at-int64(r.half)+1-r.first, int64(len(r.in))); drop > block {
		r.in = r.in[:copy(r.in, r.in[drop:])]
		r.first += drop
	}
	return nil
}

func (r *resampler) flush() error {
	if len(r.out) == 0 {
		return nil
	}
	err := r.do(r.out)
	r.out = r.out[:0]
	return err
}

// dot returns the sum of a[i] b[i], in four sums of every fourth term. Each
// product is rounded, so that every processor gives the same tokens.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float32(a[i] * b[i])
		s1 += float32(a[i+1] * b[i+1])
		s2 += float32(a[i+2] * b[i+2])
		s3 += float32(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float32(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
