package audio

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// The levels of a [Codec]: how loud recordings become.
const (
	AsIs = "as-is" // unchanged; samples beyond -1 and 1 are clipped
	Peak = "peak"  // scaled so that the largest sample of a recording is 1
)

// Window is the number of samples that [SaShiMi] scales together, so that the
// lowest becomes -1 and the highest 1. It is the length of a training example
// of SaShiMi's YouTubeMix: 8.192 s at 16 kHz. The last window of a recording
// may be shorter.
const Window = 131072

// A Codec turns recordings into tokens, one per sample of the mixed channels.
type Codec struct {
	rule    rule
	rate    int
	level   string
	filters *filters // of its recordings
}

// New returns the codec with the rule called name, for rate samples per second.
// level is [AsIs] or [Peak].
func New(name string, rate int, level string) (*Codec, error) {
	r, err := ruleNamed(name)
	if err != nil {
		return nil, err
	}
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	if level != AsIs && level != Peak {
		return nil, fmt.Errorf("level %q is unknown; it must be %s or %s", level, AsIs, Peak)
	}
	if r.name == SaShiMi && level == Peak {
		return nil, fmt.Errorf("codec %s scales every window; set its level to %s", SaShiMi, AsIs)
	}
	return &Codec{r, rate, level, &filters{}}, nil
}

// Name returns the name of the rule.
func (c *Codec) Name() string { return c.rule.name }

// Unit returns "sample".
func (c *Codec) Unit() string { return "sample" }

// Vocabulary returns 256.
func (c *Codec) Vocabulary() int { return levels }

// Units returns the number of samples in ids: one each.
func (c *Codec) Units(ids []uint16) int { return len(ids) }

// Rate returns the number of samples per second.
func (c *Codec) Rate() int { return c.rate }

// Level returns AsIs or Peak.
func (c *Codec) Level() string { return c.level }

// Extension returns ".wav".
func (c *Codec) Extension() string { return ".wav" }

// Seconds returns the playing time of ids.
func (c *Codec) Seconds(ids []uint16) float64 { return float64(len(ids)) / float64(c.rate) }

// Start returns the token of silence.
func (c *Codec) Start() uint16 { return c.rule.quantize(0) }

// Amplitude returns the amplitude that a token stands for, in [-1, 1].
func (c *Codec) Amplitude(id uint16) float64 { return c.rule.expand(id) }

// Edge returns the lowest amplitude in [-1, 1] that becomes token id or a higher
// one: tokens are the intervals between edges.
func (c *Codec) Edge(id uint16) float64 {
	if id == 0 {
		return -1
	}
	below, edge := -1.0, 1.0
	for {
		middle := below + (edge-below)/2
		switch {
		case middle <= below || middle >= edge:
			return edge
		case c.rule.quantize(middle) < id:
			below = middle
		default:
			edge = middle
		}
	}
}

// Encode reads a recording to its end, as [Read] does, and calls emit with one
// run of tokens after another. The slice is valid until emit returns. With
// level Peak it copies the recording to a temporary file and reads it twice.
// Remarks are those of Read, the rate and channels that it was converted from, and
// that samples were clipped.
func (c *Codec) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	q := &quantizer{rule: c.rule, gain: 1, emit: emit}
	write, finish := q.write, func() error { return nil }
	switch {
	case c.rule.name == SaShiMi:
		w := &windows{q: q}
		write, finish = w.write, w.flush
	case c.level == Peak:
		file, err := spool(r)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close(); _ = os.Remove(file.Name()) }()
		if q.gain, err = c.gain(file); err != nil {
			return nil, err
		}
		r = file
	}
	s, err := read(r, c.rate, c.filters, write)
	if err != nil {
		return nil, err
	}
	if err := finish(); err != nil {
		return nil, err
	}
	remarks = s.remarks
	if converted := s.converted(c.rate); converted != "" {
		remarks = append(remarks, converted)
	}
	return append(remarks, q.remarks()...), nil
}

// gain returns the factor that makes the largest sample of a recording 1. It
// leaves the file at its beginning.
func (c *Codec) gain(file *os.File) (float64, error) {
	peak := float32(0)
	_, err := read(file, c.rate, c.filters, func(samples []float32) error {
		for _, x := range samples {
			peak = max(peak, x, -x)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if peak == 0 { // only at this rate: Read refuses silence
		return 0, fmt.Errorf("%w at %d samples per second", ErrNothingToHear, c.rate)
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
	all, clipped int64 // samples
}

// slack is what rounding may add to a sample that was scaled to full scale.
const slack = 1e-9

func (q *quantizer) write(samples []float32) error {
	q.ids = q.ids[:0]
	for _, x := range samples {
		v := float64(x)*q.gain + q.offset
		if v > 1+slack || v < -1-slack {
			q.clipped++
		}
		q.ids = append(q.ids, q.rule.quantize(min(max(v, -1), 1)))
	}
	q.all += int64(len(samples))
	return q.emit(q.ids)
}

// remarks says whether samples were clipped.
func (q *quantizer) remarks() []string {
	switch {
	case 2*q.clipped > q.all:
		return []string{"most samples are beyond full scale and were clipped; the file seems to have numbers of another range, for which there is level peak"}
	case q.clipped > 0:
		return []string{"samples beyond full scale were clipped"}
	}
	return nil
}

// windows scales samples, [Window] at a time, before they are quantized.
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

// Decode writes ids as a WAV file of 16-bit samples.
func (c *Codec) Decode(w io.Writer, ids []uint16) error {
	samples := make([]float32, len(ids))
	for i, id := range ids {
		if id >= levels {
			return fmt.Errorf("decode %s: token %d is outside the vocabulary of %d", c.Name(), id, levels)
		}
		samples[i] = float32(c.rule.expand(id))
	}
	return WriteWAV(w, c.rate, samples)
}
