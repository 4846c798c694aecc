package audio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Limits of a plausible recording.
const (
	minRate     = 1000 // samples per second
	maxRate     = 768_000
	maxChannels = 255
	maxLength   = 100 * time.Hour
	loudest     = 1e6 // 120 dB above full scale; sums of larger ones could overflow
)

// block is the number of samples processed at a time.
const block = 1 << 14

// A sound is a recording that is being decoded.
type sound struct {
	rate, channels int
	// read fills dst with some samples in [-1, 1], with the channels
	// interleaved, and returns their number, or 0 and io.EOF.
	read func(dst []float32) (int, error)
	// remarks say what was repaired, left out or assumed. They are complete at
	// the end.
	remarks []string
	// stop ends decoding early.
	stop func()
}

// Read decodes a recording and calls do with one run of samples after another.
// Samples are the mean of all channels, at rate samples per second, or at the
// recording's own rate if rate is 0. They are not scaled and may be beyond
// [-1, 1]. The slice is valid until do returns. An error from do stops the
// reading.
//
// It is an error if the format is unknown, or if the recording is damaged,
// truncated, empty or silent. Read may have called do before it finds that.
// Remarks say what was repaired, left out or assumed.
func Read(r io.Reader, rate int, do func(samples []float32) error) (remarks []string, err error) {
	s, err := read(r, rate, &filters{}, do)
	if err != nil {
		return nil, err
	}
	return s.remarks, nil
}

// read is Read, and returns the sound that it has read.
func read(r io.Reader, rate int, known *filters, do func(samples []float32) error) (*sound, error) {
	s, err := open(r)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	finish := func() error { return nil }
	if rate != 0 && rate != s.rate {
		f, err := known.of(s.rate, rate)
		if err != nil {
			return nil, err
		}
		resampler := newResampler(f, do)
		do, finish = resampler.write, resampler.finish
	}
	if err := s.mono(do); err != nil {
		return nil, err
	}
	return s, finish()
}

// converted says what became of the rate and the channels of a recording, or is empty.
func (s *sound) converted(rate int) string {
	var done []string
	if s.rate != rate {
		done = append(done, fmt.Sprintf("resampled from %d Hz", s.rate))
	}
	if s.channels > 1 {
		done = append(done, fmt.Sprintf("mixed from %d channels", s.channels))
	}
	return strings.Join(done, " and ")
}

// Rate returns the number of samples per second of a recording.
func Rate(r io.Reader) (int, error) {
	s, err := open(r)
	if err != nil {
		return 0, err
	}
	s.stop()
	return s.rate, nil
}

// mono calls do with the mean of the channels. At the end it refuses sound that
// is of no use.
func (s *sound) mono(do func(samples []float32) error) error {
	buf := make([]float32, block/s.channels*s.channels)
	m := newMeter()
	for {
		n, err := s.read(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("sample %d: %w", m.frames, err)
		}
		if n, err = m.mix(buf[:n], s.channels); err != nil {
			return err
		}
		if m.frames > int64(maxLength.Seconds())*int64(s.rate) {
			return fmt.Errorf("it is longer than %v; cut it into pieces", maxLength)
		}
		if err := do(buf[:n]); err != nil {
			return err
		}
	}
	for _, r := range m.remarks() {
		s.remark(r)
	}
	return m.check()
}

func (s *sound) remark(text string) { s.remarks = addRemark(s.remarks, text) }

// ErrNothingToHear is wrapped by the error for a valid recording that is empty,
// silent, constant or clipped throughout.
var ErrNothingToHear = errors.New("there is nothing to hear")

// open detects the format of a recording and returns its decoder.
func open(r io.Reader) (*sound, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if _, err := in.Peek(1); err == io.EOF {
		return nil, errors.New("the file is empty")
	}
	if err := skipID3(in); err != nil {
		return nil, err
	}
	head, err := in.Peek(HeadSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	c, at := detect(head)
	if c.name == "" {
		return nil, errors.New("the content is not WAV, FLAC, Ogg Vorbis, MP3 or another known format of sound")
	}
	_, _ = in.Discard(at)
	name := c.name
	s, err := c.open(in)
	if errors.Is(err, errNoFFmpeg) { // it has the name
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if at > 0 {
		s.remark(remarkBefore)
	}
	read := s.read
	s.read = func(dst []float32) (int, error) {
		n, err := read(dst)
		if err != nil && err != io.EOF {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return n, err
	}
	if err := s.check(); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// open returns the decoder of a format. What it cannot decode itself, it gives
// to ffmpeg.
func (c container) open(in *bufio.Reader) (*sound, error) {
	seen := &tee{r: in, keep: true}
	kept := func(own func(*bufio.Reader) (*sound, error)) func(*bufio.Reader) (*sound, error) {
		return func(in *bufio.Reader) (*sound, error) {
			s, err := own(in)
			seen.keep = false
			return s, err
		}
	}
	var s *sound
	err := error(&foreignCodec{c.name})
	switch from := bufio.NewReaderSize(seen, 1<<16); c.name {
	case nameWAV:
		s, err = kept(openWAV)(from)
	case nameWave64:
		s, err = kept(openWave64)(from)
	case nameFLAC:
		s, err = isolate(from, patience, kept(openFLAC))
	case nameVorbis:
		s, err = isolate(from, patience, kept(openVorbis))
	}
	if foreign := (*foreignCodec)(nil); errors.As(err, &foreign) {
		return openFFmpeg(bufio.NewReaderSize(io.MultiReader(&seen.kept, in), 1<<16), foreign.name, c.demuxer)
	}
	return s, err
}

// A tee keeps what is read through it, for another reader.
type tee struct {
	r    io.Reader
	keep bool
	kept bytes.Buffer
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if t.keep {
		if t.kept.Len()+n > maxPacket {
			return 0, fmt.Errorf("there is no sound in its first %d bytes", maxPacket)
		}
		t.kept.Write(p[:n])
	}
	return n, err
}

func (s *sound) check() error {
	if s.channels < 1 || s.channels > maxChannels {
		return fmt.Errorf("it has %d channels; 1 to %d are supported", s.channels, maxChannels)
	}
	return checkRate(s.rate)
}

func checkRate(rate int) error {
	if rate < minRate || rate > maxRate {
		return fmt.Errorf("a rate of %d samples per second is not supported; it must be %d to %d", rate, minRate, maxRate)
	}
	return nil
}

// cut rewords the early end of a stream.
func cut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is truncated (%w); download or copy it again", io.ErrUnexpectedEOF)
	}
	return err
}
