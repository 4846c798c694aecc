package music

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/sinshu/go-meltysynth/meltysynth"
)

const (
	maxSoundFont    = 1 << 30 // bytes
	maxRenderedTime = 2 * 3600 * 1000 / StepMilliseconds
	tail            = 3 * 1000 / StepMilliseconds // steps for the last notes to fade
	peak            = 0.89                        // of the samples: -1 dB
)

// A SoundFont is the instruments of a SoundFont 2 file (.sf2).
type SoundFont struct{ font *meltysynth.SoundFont }

// OpenSoundFont reads a SoundFont 2 file and holds that its first instrument
// can be played.
func OpenSoundFont(r io.Reader) (f *SoundFont, err error) {
	defer recovered(&err)
	font, err := readSoundFont(r)
	if err != nil {
		return nil, fmt.Errorf("read SoundFont: %w", err)
	}
	f = &SoundFont{font}
	if _, err := f.synthesizer(44_100); err != nil {
		return nil, err
	}
	return f, nil
}

// recovered turns a panic of the library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the synthesizer failed on the SoundFont: %v", p)
	}
}

func (f *SoundFont) synthesizer(rate int) (*meltysynth.Synthesizer, error) {
	settings := meltysynth.NewSynthesizerSettings(int32(rate))
	settings.MaximumPolyphony = 256 // the maximum; the pedal sustains many
	return meltysynth.NewSynthesizer(f.font, settings)
}

// Render plays notes, sorted by start, on the first instrument. It returns one
// channel of samples in [-1, 1] with the loudest at -1 dB. rate, in samples per
// second, is a multiple of 100 from 16,000 to 192,000. Notes can last up to two
// hours.
//
// Notes of one pitch that overlap are played on separate channels, because
// the end of one would end the others on its channel.
func (f *SoundFont) Render(notes []Note, rate int) (samples []float32, err error) {
	defer recovered(&err)
	synth, err := f.synthesizer(rate)
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	end := 0
	for _, n := range notes {
		end = max(end, n.End)
	}
	if end > maxRenderedTime {
		return nil, fmt.Errorf("render: %d minutes are more than %d; cut the music into pieces", end/6000, maxRenderedTime/6000)
	}
	perStep := rate * StepMilliseconds / 1000
	left := make([]float32, (end+tail)*perStep)
	right := make([]float32, len(left))
	done := 0
	until := func(step int) {
		synth.Render(left[done:step*perStep], right[done:step*perStep])
		done = step * perStep
	}
	voices := voices(notes)
	var held [16][128]int // notes; more than 15 of a pitch share channels
	each(notes, func(step, i int, on bool) {
		until(step)
		n, channel := notes[i], channelOf(voices[i])
		count := &held[channel][n.Pitch]
		if on {
			*count++
			synth.NoteOn(int32(channel), int32(n.Pitch), int32(n.Velocity))
			return
		}
		if *count--; *count == 0 {
			synth.NoteOff(int32(channel), int32(n.Pitch))
		}
	})
	until(end + tail)
	loudest := float32(0)
	for i := range left {
		left[i] += right[i]
		loudest = max(loudest, left[i], -left[i])
	}
	if loudest > 0 {
		for i := range left {
			left[i] *= peak / loudest
		}
	}
	return left, nil
}

func readSoundFont(r io.Reader) (*meltysynth.SoundFont, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxSoundFont+1))
	switch {
	case err != nil:
		return nil, err
	case len(file) > maxSoundFont:
		return nil, errors.New("larger than 1 GiB; use a smaller one")
	case len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "sfbk":
		return nil, errors.New("not a .sf2 file")
	}
	if err := checkChunks(file, 12, len(file), true); err != nil {
		return nil, err
	}
	return meltysynth.NewSoundFont(bytes.NewReader(file))
}

// checkChunks refuses chunks, also in lists, that claim more bytes than there
// are, because the library allocates what they claim. Lists cannot contain
// lists.
func checkChunks(file []byte, at, end int, lists bool) error {
	for at+8 <= end {
		size := int64(binary.LittleEndian.Uint32(file[at+4:]))
		if size > int64(end-at-8) {
			return fmt.Errorf("byte %d: a chunk of %d bytes does not fit; the file is damaged or incomplete, download or copy it again", at, size)
		}
		next := at + 8 + int(size)
		if name := string(file[at : at+4]); name == "ifil" && size >= 2 && binary.LittleEndian.Uint16(file[at+8:]) == 3 ||
			name == "smpl" && size >= 4 && string(file[at+8:at+12]) == "OggS" {
			return errors.New("a .sf3 file, whose samples are compressed; save it as .sf2, with Polyphone or another editor of SoundFonts")
		}
		if string(file[at:at+4]) == "LIST" && size >= 4 {
			if !lists {
				return fmt.Errorf("byte %d: a list within a list; the file is damaged, download or copy it again", at)
			}
			if err := checkChunks(file, at+12, next, false); err != nil {
				return err
			}
		}
		at = next
	}
	if at != end {
		return fmt.Errorf("byte %d: %d bytes belong to no chunk; the file is damaged, download or copy it again", at, end-at)
	}
	return nil
}
