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

// Render plays notes, sorted by start, on the first instrument of a SoundFont 2
// file (.sf2). It returns one channel of samples in [-1, 1] with the loudest at
// -1 dB. rate, in samples per second, is a multiple of 100 from 16,000 to
// 192,000. Notes can last up to two hours.
func Render(soundFont io.Reader, notes []Note, rate int) (samples []float32, err error) {
	defer func() {
		if p := recover(); p != nil {
			samples, err = nil, fmt.Errorf("render: the synthesizer failed on the SoundFont: %v", p)
		}
	}()
	font, err := openSoundFont(soundFont)
	if err != nil {
		return nil, fmt.Errorf("render: read SoundFont: %w", err)
	}
	settings := meltysynth.NewSynthesizerSettings(int32(rate))
	settings.MaximumPolyphony = 256 // the maximum; the pedal sustains many
	synth, err := meltysynth.NewSynthesizer(font, settings)
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
	each(notes, func(step int, n Note, on bool) {
		until(step)
		if on {
			synth.NoteOn(0, int32(n.Pitch), int32(n.Velocity))
		} else {
			synth.NoteOff(0, int32(n.Pitch))
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

func openSoundFont(r io.Reader) (*meltysynth.SoundFont, error) {
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
