package bench

import (
	"context"
	"slices"
	"time"
)

// Timing is the middle of some samples.
type Timing struct {
	Seconds float64 `json:"seconds"` // median
	Spread  float64 `json:"spread"`  // between the quartiles, as a part of the median
}

// A series is one thing that is measured again and again.
type series struct {
	sample  func() float64 // seconds of one call
	seconds []float64
}

// measure samples all series in turns: rounds until the time is used up, but
// some at least, so that there is a median, and not without end.
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

// timing is the median of the samples and their spread.
func (s *series) timing() Timing {
	median := quantile(s.seconds, 0.5)
	return Timing{median, (quantile(s.seconds, 0.75) - quantile(s.seconds, 0.25)) / median}
}

// best is the shortest sample.
func (s *series) best() float64 { return slices.Min(s.seconds) }

// quantile q of some numbers, linear between neighbours.
func quantile(x []float64, q float64) float64 {
	x = slices.Sorted(slices.Values(x))
	at := q * float64(len(x)-1)
	i := min(int(at), len(x)-1)
	j := min(i+1, len(x)-1)
	return x[i] + (at-float64(i))*(x[j]-x[i])
}

// repeated returns a sample of a short call: as many calls as fill a slice of
// time, which the first sample finds out.
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
			call() // for the caches
			for n = 1; seconds() < slice.Seconds(); n *= 2 {
			}
		}
		return seconds() / float64(n)
	}
}
