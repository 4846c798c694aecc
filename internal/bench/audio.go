package bench

import (
	stdbytes "bytes"
	"math"
	"sync"
	"time"

	"github.com/waveletgpt/waveletgpt/media/audio"
)

// Audio is the preparation of sound: decoding, resampling and quantising one
// recording a thread, in memory.
type Audio struct {
	Threads        int     `json:"threads"`
	FromRate       int     `json:"from_rate"` // samples a second
	ToRate         int     `json:"to_rate"`
	HoursPerMinute float64 `json:"hours_per_minute"` // of sound, of all threads in sum
	Timing
}

// audioSeconds is the length of the recording of a sample.
const audioSeconds = 2

// newAudio returns what is measured, and its sample.
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
	var file stdbytes.Buffer
	if err := audio.WriteWAV(&file, a.FromRate, x); err != nil {
		return a, nil, err
	}
	return a, func() float64 {
		var work sync.WaitGroup
		start := time.Now()
		for range threads {
			work.Go(func() {
				err := codec.Encode(stdbytes.NewReader(file.Bytes()), func([]uint16) error { return nil })
				if err != nil {
					panic(err) // of a recording that was written above
				}
			})
		}
		work.Wait()
		return time.Since(start).Seconds()
	}, nil
}

// report is the measurement with its rate.
func (a Audio) report(t Timing) Audio {
	a.Timing = t
	hours := float64(a.Threads*audioSeconds) / 3600
	a.HoursPerMinute = hours / (t.Seconds / 60)
	return a
}
