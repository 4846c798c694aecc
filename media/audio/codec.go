package audio

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// How the level of a recording is treated.
const (
	AsIs = "as-is" // samples beyond -1 and 1 are clipped
	Peak = "peak"  // the largest sample of a recording becomes 1
)

// Window is the number of samples that [SaShiMi] scales together, so that the
// lowest becomes -1 and the highest 1: a training example of its YouTubeMix,
// 8.192 s at 16 kHz, or what is left of a recording at its end.
const Window = 131072

// A Codec turns recordings into tokens, one a sample of a single channel.
type Codec struct {
	rule  rule
	rate  int
	level string
}

// New returns the codec of a rule for sound of rate samples a second.
func New(name string, rate int, level string) (*Codec, error) {
	r, err := ruleNamed(name)
	if err != nil {
		return nil, err
	}
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	if level != AsIs && level != Peak {
		return nil, fmt.Errorf("level %q is unknown; it is %s or %s", level, AsIs, Peak)
	}
	if r.name == SaShiMi && level == Peak {
		return nil, fmt.Errorf("codec %s scales every window by itself; leave its level %s", SaShiMi, AsIs)
	}
	return &Codec{r, rate, level}, nil
}

// Name returns the name of the rule.
func (c *Codec) Name() string { return c.rule.name }

// Unit returns "sample".
func (c *Codec) Unit() string { return "sample" }

// Vocabulary returns 256.
func (c *Codec) Vocabulary() int { return levels }

// Units returns the number of samples in ids: one each.
func (c *Codec) Units(ids []uint16) int { return len(ids) }

// Rate returns the samples of a second.
func (c *Codec) Rate() int { return c.rate }

// Level returns AsIs or Peak.
func (c *Codec) Level() string { return c.level }

// Extension returns that of the files that Decode writes.
func (c *Codec) Extension() string { return ".wav" }

// Seconds returns how long ids sound.
func (c *Codec) Seconds(ids []uint16) float64 { return float64(len(ids)) / float64(c.rate) }

// Start returns the token that a stream without a prompt begins with: silence.
func (c *Codec) Start() uint16 { return c.rule.quantize(0) }

// Encode reads a recording to its end, see [Read], and calls emit for one run of
// tokens after the other; the slice is valid until emit returns. With level Peak
// the recording is read twice, from a temporary file.
func (c *Codec) Encode(r io.Reader, emit func(ids []uint16) error) error {
	q := &quantizer{rule: c.rule, gain: 1, emit: emit}
	if c.rule.name == SaShiMi {
		w := &windows{q: q}
		if err := Read(r, c.rate, w.write); err != nil {
			return err
		}
		return w.flush()
	}
	if c.level == Peak {
		file, err := spool(r)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close(); _ = os.Remove(file.Name()) }()
		if q.gain, err = c.gain(file); err != nil {
			return err
		}
		r = file
	}
	return Read(r, c.rate, q.write)
}

// gain is what makes the largest sample of a recording 1. It leaves the file at
// its beginning.
func (c *Codec) gain(file *os.File) (float64, error) {
	peak := float32(0)
	err := Read(file, c.rate, func(samples []float32) error {
		for _, x := range samples {
			peak = max(peak, x, -x)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if peak == 0 { // as samples at this rate
		return 0, fmt.Errorf("%w at %d samples a second", ErrNothingToHear, c.rate)
	}
	_, err = file.Seek(0, io.SeekStart)
	return 1 / float64(peak), err
}

// A quantizer turns samples into tokens.
type quantizer struct {
	rule         rule
	gain, offset float64
	emit         func(ids []uint16) error
	ids          []uint16
}

func (q *quantizer) write(samples []float32) error {
	q.ids = q.ids[:0]
	for _, x := range samples {
		q.ids = append(q.ids, q.rule.quantize(min(max(float64(x)*q.gain+q.offset, -1), 1)))
	}
	return q.emit(q.ids)
}

// windows scales samples, [Window] of them at a time, before they are quantized.
type windows struct {
	q       *quantizer
	samples []float32
}

func (w *windows) write(samples []float32) error {
	for len(samples) > 0 {
		n := min(len(samples), Window-len(w.samples))
		w.samples = append(w.samples, samples[:n]...)
		samples = samples[n:]
		if len(w.samples) == Window {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *windows) flush() error {
	if len(w.samples) == 0 {
		return nil
	}
	low, high := float64(slices.Min(w.samples)), float64(slices.Max(w.samples))
	w.q.gain = 2 / (high - low + 1e-6)
	w.q.offset = -1 - low*w.q.gain
	err := w.q.write(w.samples)
	w.samples = w.samples[:0]
	return err
}

// spool copies a stream to a temporary file and returns that at its beginning.
func spool(r io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "waveletgpt-*")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, r)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return nil, err
	}
	return file, nil
}

// Decode writes ids as a WAV file of 16-bit samples.
func (c *Codec) Decode(w io.Writer, ids []uint16) error {
	samples := make([]float32, len(ids))
	for i, id := range ids {
		if id >= levels {
			return fmt.Errorf("decode %s: token %d is outside of the vocabulary of %d", c.Name(), id, levels)
		}
		samples[i] = float32(c.rule.expand(id))
	}
	return WriteWAV(w, c.rate, samples)
}
