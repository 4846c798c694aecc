package bench

import (
	"context"
	"slices"
	"time"
)

// Timing summarizes samples of one measurement.
type Timing struct {
	Seconds float64 `json:"seconds"` // median
	Spread  float64 `json:"spread"`  // interquartile range divided by the median
}

// A series is one measurement with its samples.
type series struct {
	sample  func() float64 // takes one sample, in seconds
	seconds []float64
}

// measure takes samples of all series in rounds until limit is over, but at least 3
// and at most 15 rounds.
func measure(ctx context.Context, all []*series, limit time.Duration, progress func(done, total time.Duration)) (rounds int, err error) {
	const least, most = 3, 15
	start, taken := time.Now(), 0
	for rounds < most {
		for _, s := range all {
			if err := ctx.Err(); err != nil {
				return rounds, err
			}
			s.seconds = append(s.seconds, s.sample())
			taken++
			progress(min(time.Since(start), limit, limit*time.Duration(taken)/time.Duration(least*len(all))), limit)
		}
		if rounds++; rounds >= least && time.Since(start) > limit {
			break
		}
	}
	return rounds, nil
}

// timing returns the median and spread of the samples.
func (s *series) timing() Timing {
	median := quantile(s.seconds, 0.5)
	return Timing{median, (quantile(s.seconds, 0.75) - quantile(s.seconds, 0.25)) / median}
}

// best returns the shortest sample.
func (s *series) best() float64 { return slices.Min(s.seconds) }

// quantile returns quantile q of x, interpolated linearly.
func quantile(x []float64, q float64) float64 {
	x = slices.Sorted(slices.Values(x))
	at := q * float64(len(x)-1)
	i := min(int(at), len(x)-1)
	j := min(i+1, len(x)-1)
	return x[i] + (at-float64(i))*(x[j]-x[i])
}

// repeated returns a function that measures the seconds of a short call. It calls
// it often enough to fill slice; the first sample finds out how often.
func repeated(slice time.Duration, call func()) func() float64 {
	n := 0
	seconds := func() float64 {
		start := time.Now()
		for range n {
			call()
		}
		return time.Since(start).Seconds()
	}
	return func() float64 {
		if n == 0 {
			call() // warm the caches
			for n = 1; seconds() < slice.Seconds(); n *= 2 {
			}
		}
		return seconds() / float64(n)
	}
}
