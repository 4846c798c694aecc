package audio

import (
	"fmt"
	"math"
)

const (
	fullScale = 0.99 // 8 bits reach 127/128
	cancelled = 1e-4 // the power of the mean, by that of the channels: -40 dB
)

// A meter looks at the samples of a recording, to tell those that are of no use.
type meter struct {
	frames         int64
	low, high      float32 // of the mean of the channels
	least          float32 // magnitude of the mean
	loud           float32 // the largest magnitude in a channel
	power, powerIn float64 // of the mean, and mean of that of the channels
}

func newMeter() *meter {
	return &meter{low: float32(math.Inf(1)), high: float32(math.Inf(-1)), least: float32(math.Inf(1))}
}

// add returns the mean of the channels at one time.
func (m *meter) add(channels []float32) (float32, error) {
	sum, square := float32(0), 0.0
	for _, x := range channels {
		sum += x
		square += float64(x) * float64(x)
		m.loud = max(m.loud, x, -x)
	}
	mean := sum / float32(len(channels))
	switch {
	case mean != mean:
		return 0, fmt.Errorf("sample %d is not a number; the file is damaged", m.frames)
	case !(mean >= -loudest && mean <= loudest):
		return 0, fmt.Errorf("sample %d is %.3g, where 1 is full scale; scale the file first", m.frames, mean)
	}
	m.frames++
	m.low, m.high, m.least = min(m.low, mean), max(m.high, mean), min(m.least, max(mean, -mean))
	m.power += float64(mean) * float64(mean)
	m.powerIn += square / float64(len(channels))
	return mean, nil
}

// check returns the error for sound that nobody could hear or learn from.
func (m *meter) check() error {
	most := max(m.high, -m.low)
	switch {
	case m.frames == 0:
		return fmt.Errorf("%w: it holds no samples", ErrNothingToHear)
	case m.loud == 0:
		return fmt.Errorf("%w: it is silent throughout", ErrNothingToHear)
	case most == 0:
		return fmt.Errorf("%w: its channels cancel each other, their mean is silent throughout", ErrNothingToHear)
	case m.low == m.high && m.frames > 1:
		return fmt.Errorf("%w: it is constant, every sample is %v", ErrNothingToHear, m.low)
	case m.least >= fullScale && most <= 1 && m.frames > 1:
		return fmt.Errorf("%w: it is clipped throughout, every sample is at full scale", ErrNothingToHear)
	}
	return nil
}

// remarks says what of sound that can be used is unusual.
func (m *meter) remarks() (remarks []string) {
	if m.power < cancelled*m.powerIn {
		remarks = append(remarks, "its channels nearly cancel each other; their mean is more than 40 dB below them")
	}
	if m.frames > 1 && m.low == -m.high && m.least == m.high {
		remarks = append(remarks, "all its samples have one magnitude, as those of a square wave")
	}
	return remarks
}
