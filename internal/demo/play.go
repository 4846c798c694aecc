package demo

import (
	"math"

	"github.com/waveletgpt/waveletgpt/media/music"
)

// Play turns notes into sound, as samples in [-1, 1]. Each is a struck string, by
// formula: four partials that die away, the higher ones sooner.
func Play(notes []music.Note, rate int) []float32 {
	const (
		partials = 4
		decay    = 2.5   // of the first partial, per second
		attack   = 0.004 // seconds
		release  = 0.03  // seconds, after the end of a note
		loudest  = 0.25  // of one note
		step     = music.StepMilliseconds / 1000.0
	)
	last := 0
	for _, n := range notes {
		last = max(last, n.End)
	}
	out := make([]float32, int((float64(last)*step+release)*float64(rate)))
	for _, n := range notes {
		length := float64(n.End-n.Start) * step
		frequency := 440 * math.Pow(2, (float64(n.Pitch)-69)/12) // equal temperament, A at 440 Hz
		from := int(float64(n.Start) * step * float64(rate))
		samples := out[min(from, len(out)):min(from+int((length+release)*float64(rate)), len(out))]
		for h := 1.0; h <= partials && h*frequency < float64(rate)/2; h++ {
			amplitude, fade := 2*loudest*float64(n.Velocity)/127/(h*h), math.Exp(-decay*h/float64(rate))
			for i := range samples {
				t := float64(i) / float64(rate)
				envelope := min(t/attack, 1, (length+release-t)/release)
				samples[i] += float32(amplitude * envelope * math.Sin(2*math.Pi*h*frequency*t))
				amplitude *= fade
			}
		}
	}
	for i, x := range out {
		out[i] = min(max(x, -1), 1)
	}
	return out
}
