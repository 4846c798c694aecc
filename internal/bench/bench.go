package bench

import (
	"context"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/train"
)

// Effort is the time to spend on measuring.
type Effort struct {
	rounds time.Duration // all samples together
	slice  time.Duration // one sample of the peak or of a kernel
	tokens int           // per stream in one sample of decoding
}

// Full takes about a minute.
func Full() Effort {
	return Effort{rounds: 55 * time.Second, slice: 8 * time.Millisecond, tokens: 64}
}

// Quick takes a few seconds on two cores with AVX2 and the paper's model.
func Quick() Effort {
	return Effort{rounds: 5 * time.Second, slice: time.Millisecond, tokens: 16}
}

// Run measures the model, batch and threads of a configuration with the operators
// none, haar and shift. It calls progress after each sample.
func Run(ctx context.Context, c config.Config, e Effort, progress func(done, total time.Duration)) (*Result, error) {
	before := load()
	steppers, memory, err := newSteppers(c)
	if err != nil {
		return nil, err
	}
	s, err := newSubjects(c, e, steppers)
	if err != nil {
		return nil, err
	}
	rounds, err := measure(ctx, s.all, e.rounds, progress)
	if err != nil {
		return nil, err
	}
	r := &Result{CPU: machine.CPU(), Tier: kernel.Tier(), Load: before, Rounds: rounds, RSSBytes: memory}
	s.report(r, c, steppers[0].Model())
	return r, nil
}

// subjects are all measurements, in the order of the report.
type subjects struct {
	all     []*series
	peaks   []subject[Peak]
	train   []subject[Train]
	kernels []subject[work]
	decode  []subject[Decode]
	audio   subject[Audio]
}

// A subject is one measurement: the result to fill in, and its samples.
type subject[T any] struct {
	result T
	*series
}

func newSubjects(c config.Config, e Effort, steppers []*train.Stepper) (*subjects, error) {
	s := new(subjects)
	track := func(sample func() float64) *series {
		s.all = append(s.all, &series{sample: sample})
		return s.all[len(s.all)-1]
	}
	counts := threadCounts(c.Train)
	for _, threads := range counts {
		s.peaks = append(s.peaks, subject[Peak]{Peak{Threads: threads}, track(peakSample(e.slice, threads))})
		for i, mixer := range mixers {
			t := Train{Mixer: mixer, Precision: c.Train.Precision, Batch: sequences(c.Train), Threads: threads}
			s.train = append(s.train, subject[Train]{t, track(stepSample(steppers[i], threads))})
		}
	}
	list, err := stepWork(c, steppers[0])
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		s.kernels = append(s.kernels, subject[work]{w, track(repeated(e.slice, w.call))})
	}
	d, err := newDecoding(c, e.tokens)
	if err != nil {
		return nil, err
	}
	for _, streams := range streamCounts {
		result := Decode{Streams: streams, Prompt: d.prompt, Tokens: d.tokens}
		s.decode = append(s.decode, subject[Decode]{result, track(d.sample(streams))})
	}
	sound, sample, err := newAudio(counts[len(counts)-1])
	if err != nil {
		return nil, err
	}
	s.audio = subject[Audio]{sound, track(sample)}
	return s, nil
}
