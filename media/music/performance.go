package music

import (
	"fmt"
	"io"
)

// The pitches of a piano's 88 keys.
const (
	lowestKey  = 21
	highestKey = 108
)

const (
	maxShift = 100 // steps of one TIME_SHIFT
	bins     = 32  // of velocities
)

// Performance is the codec of performance events. The zero value has all 128
// pitches and 388 events.
type Performance struct {
	// Piano leaves out pitches other than 21 to 108: 308 events.
	Piano bool
}

// Name returns "performance", or "performance:88" for those of a piano.
func (c Performance) Name() string {
	if c.Piano {
		return "performance:88"
	}
	return "performance"
}

// Unit returns "event".
func (Performance) Unit() string { return "event" }

// Vocabulary returns 388, or 308 for a piano.
func (c Performance) Vocabulary() int { return c.velocity(bins) + 1 }

// Units returns the number of events in ids: one each.
func (Performance) Units(ids []uint16) int { return len(ids) }

// Extension returns that of the files that Decode writes.
func (Performance) Extension() string { return ".mid" }

// Seconds returns how long ids last.
func (c Performance) Seconds(ids []uint16) float64 {
	steps := 0
	for _, id := range ids {
		if first := c.shift(1); int(id) >= first && int(id) < first+maxShift {
			steps += int(id) - first + 1
		}
	}
	return float64(steps) * StepMilliseconds / 1000
}

// Start returns what stands before music that begins from nothing: the VELOCITY
// that Notes begins with.
func (c Performance) Start() uint16 { return uint16(c.velocity(bins / 2)) }

// Onsets returns how many notes begin in ids.
func (c Performance) Onsets(ids []uint16) int {
	n := 0
	_, count := c.pitches()
	for _, id := range ids {
		if int(id) < count {
			n++
		}
	}
	return n
}

// pitches returns the lowest pitch, and how many there are.
func (c Performance) pitches() (lowest, count int) {
	if c.Piano {
		return lowestKey, highestKey - lowestKey + 1
	}
	return 0, 128
}

// shift returns the id of a TIME_SHIFT by 1 to 100 steps.
func (c Performance) shift(steps int) int {
	_, count := c.pitches()
	return 2*count + steps - 1
}

// velocity returns the id of a VELOCITY bin from 1 to 32.
func (c Performance) velocity(bin int) int { return c.shift(maxShift) + bin }

// Encode reads a MIDI file and calls emit once. The error names the byte at
// which a file is damaged; it is ErrNoNotes if no note is left.
func (c Performance) Encode(r io.Reader, emit func(ids []uint16) error) error {
	notes, err := Read(r)
	if err != nil {
		return err
	}
	ids := c.IDs(notes)
	if len(ids) == 0 {
		return ErrNoNotes
	}
	return emit(ids)
}

// Decode writes a MIDI file of any sequence of events below Vocabulary.
func (c Performance) Decode(w io.Writer, ids []uint16) error {
	notes, err := c.Notes(ids)
	if err != nil {
		return err
	}
	return Write(w, notes)
}

// IDs returns the events of notes that are sorted by start. Pitches that the
// codec does not have are left out.
func (c Performance) IDs(notes []Note) []uint16 {
	lowest, count := c.pitches()
	ids := make([]uint16, 0, 4*len(notes))
	now, bin := 0, 0
	each(notes, func(step int, n Note, on bool) {
		pitch := int(n.Pitch) - lowest
		if pitch < 0 || pitch >= count {
			return
		}
		for ; step-now > maxShift; now += maxShift {
			ids = append(ids, uint16(c.shift(maxShift)))
		}
		if step > now {
			ids = append(ids, uint16(c.shift(step-now)))
			now = step
		}
		if !on {
			ids = append(ids, uint16(count+pitch))
			return
		}
		if b := (int(n.Velocity)-1)/4 + 1; b != bin {
			bin = b
			ids = append(ids, uint16(c.velocity(bin)))
		}
		ids = append(ids, uint16(pitch))
	})
	return ids
}

// Notes returns what a sequence of events sounds like, sorted by start. Before
// the first VELOCITY notes have bin 16, the middle. Events beyond the vocabulary
// and sequences of more than 24 hours are errors.
func (c Performance) Notes(ids []uint16) ([]Note, error) {
	const limit = maxHours * 3600 * 1000 / StepMilliseconds
	lowest, count := c.pitches()
	var notes []Note
	var open [128][]int // places in notes, oldest first
	now, bin := 0, bins/2
	for _, id := range ids {
		switch id := int(id); {
		case id < count:
			open[id] = append(open[id], len(notes))
			notes = append(notes, Note{Start: now, End: sounding, Pitch: uint8(lowest + id), Velocity: uint8(1 + 4*(bin-1))})
		case id < 2*count:
			if o := &open[id-count]; len(*o) > 0 {
				notes[(*o)[0]].End = now
				*o = (*o)[1:]
			}
		case id < c.velocity(1):
			now += id - c.shift(1) + 1
		case id < c.Vocabulary():
			bin = id - c.velocity(1) + 1
		default:
			return nil, fmt.Errorf("decode %s: event %d is outside of the vocabulary of %d", c.Name(), id, c.Vocabulary())
		}
		if now > limit {
			return nil, fmt.Errorf("decode %s: the events last more than %d hours", c.Name(), maxHours)
		}
	}
	kept := notes[:0]
	for _, n := range notes {
		if n.End == sounding {
			n.End = now
		}
		if n.End > n.Start {
			kept = append(kept, n)
		}
	}
	return kept, nil
}
