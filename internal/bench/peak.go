package bench

import (
	"sync"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// peakSample returns a function that measures the seconds per operation of threads
// that compute together.
func peakSample(slice time.Duration, threads int) func() float64 {
	const factor, term = 0.5, 1 // x converges to 2
	rounds := 1
	operations := func() (flops int64) {
		counts := make([]int64, threads)
		var wait sync.WaitGroup
		for i := range threads {
			wait.Go(func() {
				var x [kernel.PeakLength]float32
				counts[i] = kernel.Peak(&x, rounds, factor, term)
			})
		}
		wait.Wait()
		for _, n := range counts {
			flops += n
		}
		return flops
	}
	return func() float64 {
		for {
			start := time.Now()
			flops := operations()
			took := time.Since(start)
			if took >= slice {
				return took.Seconds() / float64(flops)
			}
			rounds *= 2
		}
	}
}
