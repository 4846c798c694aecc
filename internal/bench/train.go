package bench

import (
	"runtime"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/train"
)

// mixers are what a step is measured with: nothing, the paper's operator and
// the cheapest control.
var mixers = []string{"none", "haar", "shift"}

// vocabulary is the number of tokens of text8, 26 letters and a space.
const vocabulary = 27

// sequences counts those of a step.
func sequences(c config.Train) int { return c.Batch * c.Accumulate }

// threadCounts are 1, 2 and all threads of a configuration, as far as there are
// as many.
func threadCounts(c config.Train) []int {
	all := c.Threads
	if all == 0 {
		all = runtime.GOMAXPROCS(0)
	}
	counts := []int{1, min(2, all), all}
	return slices.Compact(counts)
}

// newSteppers returns one for each of the mixers and the memory at its peak when
// the first one has taken steps.
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

// stepSample measures the seconds of a step.
func stepSample(s *train.Stepper, threads int) func() float64 {
	return func() float64 {
		start := time.Now()
		s.Step(threads)
		return time.Since(start).Seconds()
	}
}
