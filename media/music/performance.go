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

// Performance is the codec of performance events. Its zero value has 128
// pitches and 388 events.
type Performance struct {
	// Piano limits pitches to the 88 keys of a piano, 21 to 108: 308 events.
	Piano bool
}

// Name returns "performance", or "performance:88" with Piano.
func (c Performance) Name() string {
	if c.Piano {
		return "performance:88"
	}
	return "performance"
}

// Unit returns "event".
func (Performance) Unit() string { return "event" }

// Vocabulary returns 388, or 308 with Piano.
func (c Performance) Vocabulary() int { return c.velocity(bins) + 1 }

// Units returns the number of events in ids: one each.
func (Performance) Units(ids []uint16) int { return len(ids) }

// Extension returns ".mid".
func (Performance) Extension() string { return ".mid" }

// Seconds returns the playing time of ids.
func (c Performance) Seconds(ids []uint16) float64 {
	steps := 0
	for _, id := range ids {
		if first := c.shift(1); int(id) >= first && int(id) < first+maxShift {
			steps += int(id) - first + 1
		}
	}
	return float64(steps) * StepMilliseconds / 1000
}

// Start returns the token before music that begins from nothing: the VELOCITY
// that Notes assumes.
func (c Performance) Start() uint16 { return uint16(c.velocity(bins / 2)) }

// Onsets returns the number of notes that begin in ids.
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

// pitches returns the lowest pitch and the number of pitches.
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

// Encode reads a MIDI file and calls emit once. The error for a damaged file
// names the byte. A file without notes of the codec gives [ErrNoNotes].
// Remarks are those of Read, and one of notes whose pitch the codec does not
// have.
func (c Performance) Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error) {
	notes, remarks, err := Read(r)
	if err != nil {
		return nil, err
	}
	ids := c.IDs(notes)
	if len(ids) == 0 {
		return nil, ErrNoNotes
	}
	if c.Onsets(ids) < len(notes) {
		remarks = append(remarks, saidOutside)
	}
	return remarks, emit(ids)
}

// Decode writes ids, any sequence of events below Vocabulary, as a MIDI file.
func (c Performance) Decode(w io.Writer, ids []uint16) error {
	notes, err := c.Notes(ids)
	if err != nil {
		return err
	}
	return Write(w, notes)
}

// IDs returns the events of notes, which are sorted by start. Notes whose pitch
// the codec does not have are left out.
func (c Performance) IDs(notes []Note) []uint16 {
	lowest, count := c.pitches()
	ids := make([]uint16, 0, 4*len(notes))
	now, bin := 0, 0
	each(notes, func(step, i int, on bool) {
		n := notes[i]
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

// Notes returns the notes of a sequence of events, sorted by start. Before the
// first VELOCITY they have bin 16, the middle. An event outside the vocabulary
// is an error, and so is a sequence of more than 24 hours.
func (c Performance) Notes(ids []uint16) ([]Note, error) {
	const limit = maxHours * 3600 * 1000 / StepMilliseconds
	lowest, count := c.pitches()
	var notes []Note
	var open [128][]int // indices of notes, oldest first
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
			return nil, fmt.Errorf("decode %s: event %d is outside the vocabulary of %d", c.Name(), id, c.Vocabulary())
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
