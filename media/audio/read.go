package audio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
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
	s, err := open(r)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	finish := func() error { return nil }
	if rate != 0 && rate != s.rate {
		resampler, err := newResampler(s.rate, rate, do)
		if err != nil {
			return nil, err
		}
		do, finish = resampler.write, resampler.finish
	}
	if err := s.mono(do); err != nil {
		return nil, err
	}
	return s.remarks, finish()
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
	least, most := float32(math.Inf(1)), float32(0) // magnitudes
	var frames int64
	for {
		n, err := s.read(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("sample %d: %w", frames, err)
		}
		n /= s.channels
		for i := range n {
			sum := float32(0)
			for _, x := range buf[i*s.channels : (i+1)*s.channels] {
				sum += x
			}
			sum /= float32(s.channels)
			if !(sum >= -loudest && sum <= loudest) {
				return fmt.Errorf("sample %d is not a plausible amplitude; the file is damaged", frames+int64(i))
			}
			buf[i] = sum
			least, most = min(least, max(sum, -sum)), max(most, sum, -sum)
		}
		frames += int64(n)
		if frames > int64(maxLength.Seconds())*int64(s.rate) {
			return fmt.Errorf("it is longer than %v; cut it into pieces", maxLength)
		}
		if err := do(buf[:n]); err != nil {
			return err
		}
	}
	switch {
	case frames == 0:
		return fmt.Errorf("%w: it holds no samples", ErrNothingToHear)
	case most == 0:
		return fmt.Errorf("%w: it is silent throughout", ErrNothingToHear)
	case least == most && frames > 1:
		return fmt.Errorf("%w: it is clipped throughout, every sample is %v or -%v", ErrNothingToHear, most, most)
	}
	return nil
}

// ErrNothingToHear is wrapped by the error for a valid recording that is empty,
// silent or clipped throughout.
var ErrNothingToHear = errors.New("there is nothing to hear")

// open detects the format of a recording and returns its decoder.
func open(r io.Reader) (*sound, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if err := skipID3(in); err != nil {
		return nil, err
	}
	head, err := in.Peek(12)
	if err != nil && err != io.EOF {
		return nil, err
	}
	var s *sound
	var format string
	switch {
	case len(head) == 0:
		return nil, errors.New("the file is empty")
	case bytes.HasPrefix(head, []byte("RIFF")) || bytes.HasPrefix(head, []byte("RF64")):
		format = "WAV"
		s, err = openWAV(in)
	case bytes.HasPrefix(head, []byte("fLaC")):
		format = "FLAC"
		s, err = isolate(in, patience, openFLAC)
	case bytes.HasPrefix(head, []byte("OggS")):
		format = "Ogg Vorbis"
		s, err = isolate(in, patience, openVorbis)
	case isMP3(head):
		format = "MP3"
		s, err = isolate(in, patience, openMP3)
	default:
		return nil, errors.New("the content is not WAV, FLAC, Ogg Vorbis or MP3")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	read := s.read
	s.read = func(dst []float32) (int, error) {
		n, err := read(dst)
		if err != nil && err != io.EOF {
			err = fmt.Errorf("%s: %w", format, err)
		}
		return n, err
	}
	if err := s.check(); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return s, nil
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

// skipID3 skips ID3v2 tags, which precede MP3 and sometimes FLAC.
func skipID3(in *bufio.Reader) error {
	for {
		head, err := in.Peek(10)
		if !bytes.HasPrefix(head, []byte("ID3")) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("ID3 tag: %w", cut(err))
		}
		size := 10
		for i, b := range head[6:10] {
			size += int(b&0x7f) << (7 * (3 - i))
		}
		if head[5]&0x10 != 0 { // a footer
			size += 10
		}
		if _, err := in.Discard(size); err != nil {
			return fmt.Errorf("ID3 tag: %w", cut(err))
		}
	}
}

// cut rewords the early end of a stream.
func cut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is truncated (%w); download or copy it again", io.ErrUnexpectedEOF)
	}
	return err
}
