package train

import (
	"runtime"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// Measure returns how long a step of a configuration takes on this machine,
// from two steps on one sequence a thread: a rough figure for plans.
func Measure(c config.Config, vocabulary int) (time.Duration, error) {
	model, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: vocabulary})
	if err != nil {
		return 0, err
	}
	sequences := c.Train.Batch * c.Train.Accumulate
	if c.Train.Threads == 0 {
		c.Train.Threads = runtime.GOMAXPROCS(0)
	}
	measured := min(sequences, c.Train.Threads, laneCount)
	c.Train.Batch, c.Train.Accumulate = measured, 1
	windows := make([][]uint16, measured)
	for i := range windows {
		windows[i] = make([]uint16, c.Model.Context+1)
	}
	e := newEngine(c.Train, model)
	e.step(1, windows)
	start := time.Now()
	e.step(2, windows)
	return time.Since(start) * time.Duration((sequences+measured-1)/measured), nil
}
