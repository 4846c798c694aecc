package music

import (
	"errors"
	"fmt"
	"io"
)

// StepMilliseconds is the length of a step, in milliseconds.
const StepMilliseconds = 10

// maxFile is the size of a file that is read, in bytes. Hours of piano music are
// far smaller.
const maxFile = 8 << 20

// ErrNoNotes is the error for a file without any note that the codec has.
var ErrNoNotes = errors.New("the file has no notes that the codec has; percussion is left out")

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
