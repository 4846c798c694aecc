package music

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// StepMilliseconds is the length of a step, in milliseconds.
const StepMilliseconds = 10

// maxFile is the size of a file that is read, in bytes. Hours of piano music are
// far smaller.
const maxFile = 8 << 20

// ErrNoNotes is the error for a file without any note that the codec has.
var ErrNoNotes = errors.New("the file has no notes, percussion left out")

// A Note sounds from one step to another, which is later.
type Note struct {
	Start, End int   // in steps of 10 ms
	Pitch      uint8 // 0 to 127; 60 is middle C
	Velocity   uint8 // 1 to 127
}

// Read returns the notes of a MIDI file, sorted by start and pitch. There may
// be none. Remarks say what was repaired, left out or assumed. The package
// comment lists the rules.
func Read(r io.Reader) (notes []Note, remarks []string, err error) {
	file, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, nil, err
	}
	if len(file) > maxFile {
		return nil, nil, fmt.Errorf("byte %d: the file is larger than %d MiB; split it", maxFile, maxFile>>20)
	}
	s, err := parse(file)
	if err != nil {
		return nil, nil, err
	}
	exact, err := s.play()
	if err != nil {
		return nil, nil, err
	}
	return quantize(exact, s.division), s.remarks, nil
}

// Write writes notes, sorted by start, as a MIDI file of one track.
func Write(w io.Writer, notes []Note) error {
	const ticks = 500 // per quarter; at 120 quarters per minute a tick is a millisecond
	file := smf.New()
	file.TimeFormat = smf.MetricTicks(ticks)
	track := smf.Track{{Message: smf.MetaTempo(120)}}
	now := 0
	each(notes, func(step int, n Note, on bool) {
		message := midi.NoteOff(0, n.Pitch)
		if on {
			message = midi.NoteOn(0, n.Pitch, n.Velocity)
		}
		track = append(track, smf.Event{Delta: uint32(StepMilliseconds * (step - now)), Message: smf.Message(message)})
		now = step
	})
	track.Close(0)
	if err := file.Add(track); err != nil {
		return fmt.Errorf("write MIDI: %w", err)
	}
	_, err := file.WriteTo(w)
	return err
}

// each calls do for the start and the end of every note, in the order of their
// steps. In one step ends precede starts, and otherwise the order is that of
// notes, which are sorted by start.
func each(notes []Note, do func(step int, n Note, on bool)) {
	byEnd := make([]int, len(notes))
	for i := range byEnd {
		byEnd[i] = i
	}
	slices.SortStableFunc(byEnd, func(a, b int) int { return cmp.Compare(notes[a].End, notes[b].End) })
	for _, n := range notes {
		for len(byEnd) > 0 && notes[byEnd[0]].End <= n.Start {
			ended := notes[byEnd[0]]
			do(ended.End, ended, false)
			byEnd = byEnd[1:]
		}
		do(n.Start, n, true)
	}
	for _, i := range byEnd {
		do(notes[i].End, notes[i], false)
	}
}
