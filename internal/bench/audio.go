package bench

import (
	"bytes"
	"math"
	"sync"
	"time"

	"github.com/waveletgpt/waveletgpt/media/audio"
)

// Audio is the speed of preparing audio: decoding, resampling and quantizing one
// recording per thread, in memory.
type Audio struct {
	Threads        int     `json:"threads"`
	FromRate       int     `json:"from_rate"` // Hz
	ToRate         int     `json:"to_rate"`
	HoursPerMinute float64 `json:"hours_per_minute"` // hours of audio per minute, all threads together
	Timing
}

// audioSeconds is the length of the recording that is prepared.
const audioSeconds = 2

// newAudio returns the description of the measurement and a function that takes one
// sample, in seconds.
func newAudio(threads int) (Audio, func() float64, error) {
	a := Audio{Threads: threads, FromRate: 44_100, ToRate: 16_000}
	codec, err := audio.New(audio.MuLaw, a.ToRate, audio.AsIs)
	if err != nil {
		return a, nil, err
	}
	x := make([]float32, audioSeconds*a.FromRate)
	for i := range x {
		t := float64(i) / float64(a.FromRate)
		x[i] = float32(0.5 * math.Sin(2*math.Pi*(200+2000*t)*t))
	}
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, a.FromRate, x); err != nil {
		return a, nil, err
	}
	return a, func() float64 {
		var work sync.WaitGroup
		start := time.Now()
		for range threads {
			work.Go(func() {
				_, err := codec.Encode(bytes.NewReader(file.Bytes()), func([]uint16) error { return nil })
				if err != nil {
					panic(err) // impossible: the recording was written above
				}
			})
		}
		work.Wait()
		return time.Since(start).Seconds()
	}, nil
}

// report returns the measurement with its timing and rate.
func (a Audio) report(t Timing) Audio {
	a.Timing = t
	hours := float64(a.Threads*audioSeconds) / 3600
	a.HoursPerMinute = hours / (t.Seconds / 60)
	return a
}
