package music

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// Whatever a file holds: an error, or events that decode to what they encode.
func FuzzEncode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x90\x3c\x40\x81\x00\x3c\x00\x10\xb0\x40\x7f\x00\x90\x3c\x41\x05\x80\x3c\x00\x7f\xb0\x40\x00\x00\xff\x2f\x00"))
	f.Add([]byte("MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x08\x00\x90\x3c\x40\x81\x00\x3c\x00"))
	f.Add(written(f,
		smf.Track{in(0, smf.MetaTempo(90)), in(500, smf.MetaTempo(130))},
		smf.Track{
			in(0, midi.ControlChange(0, 64, 127)), in(5, midi.NoteOn(0, 60, 64)), in(9, midi.NoteOn(1, 60, 1)), in(4, midi.NoteOff(1, 60)),
			in(50, midi.NoteOn(0, 60, 127)), in(5000, midi.NoteOff(0, 60)), in(0, midi.NoteOff(0, 60)), in(5, midi.ControlChange(0, 64, 0)),
			in(5, midi.NoteOn(9, 35, 64)), in(5, midi.NoteOn(0, 109, 64)),
		}))
	// Faults of real files, each alone.
	for i, fault := range spoil {
		_, file := spoiler{rand.New(rand.NewPCG(uint64(i), 1)), map[string]bool{fault: true}}.file()
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		track := "MTrk" + string(binary.BigEndian.AppendUint32(nil, uint32(len(file)))) + string(file)
		for _, file := range [][]byte{file, []byte(header(0, 1) + track)} {
			for _, c := range []Performance{{}, {Piano: true}} {
				ids, err := encode(c, file)
				if err != nil {
					continue
				}
				// Each note is four events at most, and silence is bounded.
				if limit := 4*len(file) + maxHours*3600 + 1; len(ids) > limit {
					t.Fatalf("%d bytes become %d events", len(file), len(ids))
				}
				again(t, c, ids)
			}
		}
	})
}

// again holds that events are what they decode to.
func again(t *testing.T, c Performance, ids []uint16) {
	t.Helper()
	var file bytes.Buffer
	if err := c.Decode(&file, ids); err != nil {
		t.Fatal(err)
	}
	got, err := encode(c, file.Bytes())
	if len(ids) == 0 && errors.Is(err, ErrNoNotes) {
		return
	}
	if err != nil || !slices.Equal(got, ids) {
		t.Fatalf("%v become %v, %v", ids, got, err)
	}
}

// Events come in any order from a model.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{60, 255, 60, 128 + 60}, false)
	f.Add([]byte{128 + 60, 60, 60, 61, 255, 255, 128 + 60}, true)
	f.Fuzz(func(t *testing.T, data []byte, piano bool) {
		c := Performance{Piano: piano}
		ids := make([]uint16, len(data))
		for i, b := range data {
			ids[i] = uint16(int(b) * c.Vocabulary() / 256)
		}
		notes, err := c.Notes(ids)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := c.Decode(&file, ids); err != nil {
			t.Fatal(err)
		}
		read, _, err := Read(&file)
		if err != nil || len(read) != len(notes) {
			t.Fatalf("%v becomes %v, %v", notes, read, err)
		}
		again(t, c, c.IDs(read))
	})
}
