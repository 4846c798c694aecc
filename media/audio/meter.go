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

// mix puts the means of the channels at the beginning of buf, which has the
// channels interleaved, and returns their number.
func (m *meter) mix(buf []float32, channels int) (int, error) {
	n := len(buf) / channels
	low, high, least, loud := m.low, m.high, m.least, m.loud
	for i := range n {
		mean := buf[i*channels]
		if channels > 1 {
			sum, square := float32(0), 0.0
			for _, x := range buf[i*channels : (i+1)*channels] {
				sum += x
				square += float64(x) * float64(x)
				loud = max(loud, x, -x)
			}
			mean = sum / float32(channels)
			m.power += float64(mean) * float64(mean)
			m.powerIn += square / float64(channels)
		}
		size := max(mean, -mean)
		switch {
		case mean != mean:
			return 0, fmt.Errorf("sample %d is not a number; the file is damaged", m.frames+int64(i))
		case size > loudest:
			return 0, fmt.Errorf("sample %d is %.3g, where 1 is full scale; scale the file first", m.frames+int64(i), mean)
		case size < least:
			least = size
		}
		if mean < low {
			low = mean
		}
		if mean > high {
			high = mean
		}
		buf[i] = mean
	}
	m.low, m.high, m.least, m.loud = low, high, least, max(loud, high, -low)
	m.frames += int64(n)
	return n, nil
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
