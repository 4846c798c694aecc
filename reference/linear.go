package reference

import (
	"context"
	"fmt"
	"math"
)

// orders are those of linear predictors that are tried.
var orders = []int{1, 2, 4, 8, 16, 24, 32, 48, 64}

// A waveform is a codec of which a token is an interval of amplitudes.
type waveform interface {
	Amplitude(id uint16) float64
	Edge(id uint16) float64 // the lowest amplitude of a token
}

// linear predicts each sample of a window from those before it, by the best linear
// predictor of an order, or while fewer samples were read, of as many as there are.
// The error of the prediction has a distribution whose scale follows the last errors.
type linear struct {
	amplitude    []float64   // of each token
	edge         []float64   // between tokens, from -Inf to +Inf
	floor        float64     // of a scale
	coefficients [][]float64 // by order; the first weighs the last sample
	deviation    []float64   // of the error, by order; at least floor
	order        int
	scale
}

// A scale says how the errors of predictions spread.
type scale struct {
	shape  shape
	memory float64 // samples that the size of errors is a mean over
	factor float64 // of the scale to that mean
	start  float64 // the mean before the first sample
}

// floorBins is the least scale in widths of the narrowest bin. Silence has no errors.
const floorBins = 0.1

func newLinear(codec waveform, vocabulary int) *linear {
	l := &linear{amplitude: make([]float64, vocabulary), edge: make([]float64, vocabulary+1), floor: math.Inf(1)}
	for id := range l.amplitude {
		l.amplitude[id], l.edge[id] = codec.Amplitude(uint16(id)), codec.Edge(uint16(id))
		if id > 0 {
			l.floor = min(l.floor, floorBins*(l.edge[id]-l.edge[id-1]))
		}
	}
	l.edge[0], l.edge[vocabulary] = math.Inf(-1), math.Inf(1)
	return l
}

// fit computes the coefficients of all orders.
func (l *linear) fit(ctx context.Context, recordings [][]uint16) error {
	longest := orders[len(orders)-1]
	correlation := make([]float64, longest+1)
	for _, ids := range recordings {
		x := make([]float64, longest+len(ids)) // silence before each
		for i, id := range ids {
			x[longest+i] = l.amplitude[id]
		}
		for lag := range correlation {
			if err := ctx.Err(); err != nil {
				return err
			}
			sum, delayed := 0.0, x[longest-lag:]
			for i, v := range x[longest:] {
				sum += v * delayed[i]
			}
			correlation[lag] += sum
		}
	}
	samples := 0
	for _, ids := range recordings {
		samples += len(ids)
	}
	var powers []float64
	l.coefficients, powers = levinson(correlation)
	for _, p := range powers {
		l.deviation = append(l.deviation, max(l.floor, math.Sqrt(p/float64(samples))))
	}
	return nil
}

// ridge is added to the power of a signal, as a part of it, so that the equations of
// a pure tone can be solved.
const ridge = 1e-9

// levinson solves the normal equations of linear prediction for every order, given
// the autocorrelation at lags from 0 (Makhoul 1975, Durbin's recursion). It returns the
// coefficients and the powers of the errors by order, from 0.
func levinson(correlation []float64) (coefficients [][]float64, powers []float64) {
	power := correlation[0] * (1 + ridge)
	var a []float64
	coefficients, powers = append(coefficients, a), append(powers, power)
	for k := 1; k < len(correlation); k++ {
		rest := correlation[k]
		for j, c := range a {
			rest -= c * correlation[k-1-j]
		}
		reflection := 0.0
		if power > 0 {
			reflection = rest / power
		}
		next := make([]float64, k)
		for j, c := range a {
			next[j] = c - reflection*a[k-2-j]
		}
		next[k-1] = reflection
		a, power = next, power*max(0, 1-reflection*reflection)
		coefficients, powers = append(coefficients, a), append(powers, power)
	}
	return coefficients, powers
}

// A prediction is one of a token from those before it in its window.
type prediction struct {
	token uint16
	value float64 // the amplitude that is expected
	unit  float64 // deviation of the errors of such predictions
	size  float64 // of this error, in units
}

// predictions returns those of all tokens of a window by a predictor of some order;
// the first is that of silence.
func (l *linear) predictions(window []uint16, order int) []prediction {
	x := make([]float64, len(window))
	all := make([]prediction, len(window))
	for t, id := range window {
		x[t] = l.amplitude[id]
		p := prediction{token: id, unit: l.deviation[min(t, order)]}
		for j, c := range l.coefficients[min(t, order)] {
			p.value += c * x[t-1-j]
		}
		p.size = math.Abs(x[t]-p.value) / p.unit
		all[t] = p
	}
	return all
}

// means returns for each prediction of a window the mean size of the errors before it.
// It is that of all, with the start as one of them, until there are as many as the
// memory is long; from then on it is exponential.
func (s scale) means(predictions []prediction) []float64 {
	means := make([]float64, len(predictions))
	mean := s.start
	for t, p := range predictions {
		means[t] = mean
		mean += max(1/s.memory, 1/float64(t+2)) * (p.size - mean)
	}
	return means
}

// uniform is the part of every probability that is the same for all tokens: after
// silence the first sound is not impossible.
const uniform = 1e-4

// loss returns the loss of a prediction, given the mean size of errors.
func (l *linear) loss(p prediction, s scale, mean float64) float64 {
	return -math.Log(l.probability(p.token, p.value, max(l.floor, s.factor*mean*p.unit), s.shape))
}

// probability returns that of a token, given the centre and the scale of the
// distribution of amplitudes.
func (l *linear) probability(token uint16, centre, scale float64, s shape) float64 {
	mass := s.between((l.edge[token]-centre)/scale, (l.edge[token+1]-centre)/scale)
	return (1-uniform)*mass + uniform/float64(len(l.amplitude))
}

func (l *linear) name() string { return fmt.Sprintf("linear predictor of order %d", l.order) }

// losses returns the losses of the tokens of a window but the first.
func (l *linear) losses(window []uint16) []float64 {
	predictions := l.predictions(window, l.order)
	means, losses := l.means(predictions), make([]float64, len(window))
	for t, p := range predictions {
		losses[t] = l.loss(p, l.scale, means[t])
	}
	return losses[1:]
}
