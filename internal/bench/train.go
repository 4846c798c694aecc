package bench

import (
	"runtime"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/train"
)

// mixers are the operators to measure: none, the paper's and the cheapest control.
var mixers = []string{"none", "haar", "shift"}

// vocabulary is that of text8: 26 letters and the space.
const vocabulary = 27

// sequences returns the number of sequences per step.
func sequences(c config.Train) int { return c.Batch * c.Accumulate }

// threadCounts returns 1, 2 and all threads of a configuration, without repeats.
func threadCounts(c config.Train) []int {
	all := c.Threads
	if all == 0 {
		all = runtime.GOMAXPROCS(0)
	}
	counts := []int{1, min(2, all), all}
	return slices.Compact(counts)
}

// newSteppers returns a stepper for each mixer, warmed up, and the peak memory after
// the steps of the first one.
func newSteppers(c config.Config) (all []*train.Stepper, memory int64, err error) {
	counts := threadCounts(c.Train)
	for _, c.Model.Mixer = range mixers {
		s, err := train.NewStepper(c, vocabulary)
		if err != nil {
			return nil, 0, err
		}
		for range 2 {
			s.Step(counts[len(counts)-1])
		}
		if all = append(all, s); len(all) == 1 {
			memory = peakMemory()
		}
	}
	return all, memory, nil
}

// stepSample returns a function that measures the seconds of one step.
func stepSample(s *train.Stepper, threads int) func() float64 {
	return func() float64 {
		start := time.Now()
		s.Step(threads)
		return time.Since(start).Seconds()
	}
}
