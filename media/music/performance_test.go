package music

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// encode returns the events of a MIDI file.
func encode(c Performance, file []byte) ([]uint16, error) {
	var ids []uint16
	_, err := c.Encode(bytes.NewReader(file), func(run []uint16) error { ids = append(ids, run...); return nil })
	return ids, err
}

// What note-seq does; testdata/noteseq.py says where the files are from.
func TestNoteSeq(t *testing.T) {
	data, err := os.ReadFile("testdata/noteseq.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Encode []struct {
			MIDI   []byte
			Events []uint16
		}
		Decode []struct {
			Events []uint16
			Notes  [][4]int // pitch, start, end, velocity
		}
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	if len(fixture.Encode) == 0 || len(fixture.Decode) == 0 {
		t.Fatal("nothing to compare")
	}
	for i, f := range fixture.Encode {
		got, err := encode(Performance{}, f.MIDI)
		if err != nil || !slices.Equal(got, f.Events) {
			n := 0
			for n < min(len(got), len(f.Events)) && got[n] == f.Events[n] {
				n++
			}
			t.Errorf("file %d: %d events, %v; want %d, equal up to %d", i, len(got), err, len(f.Events), n)
		}
	}
	for i, list := range fixture.Decode {
		notes, err := Performance{}.Notes(list.Events)
		if err != nil {
			t.Fatal(err)
		}
		var got [][4]int
		for _, n := range notes {
			got = append(got, [4]int{int(n.Pitch), n.Start, n.End, int(n.Velocity)})
		}
		slices.SortFunc(got, func(a, b [4]int) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(got, list.Notes) {
			t.Errorf("list %d: %v, want %v", i, got, list.Notes)
		}
	}
}

// Names of events, by the table of the package comment.
const (
	on    = 0
	off   = 128
	shift = 255 // by 1 is 256
	bin   = 355 // 1 is 356
)

func TestEvents(t *testing.T) {
	for _, test := range []struct {
		name  string
		notes []Note
		want  []uint16
	}{
		// testFromQuantizedNoteSequenceWithQuantizedVelocity of note-seq, in 32 bins.
		{"note-seq", []Note{{0, 400, 60, 100}, {0, 300, 64, 127}, {100, 200, 67, 127}}, []uint16{
			bin + 25, on + 60, bin + 32, on + 64, shift + 100, on + 67, shift + 100, off + 67, shift + 100, off + 64, shift + 100, off + 60,
		}},
		{"velocities", []Note{{0, 1, 1, 1}, {0, 1, 2, 4}, {0, 1, 3, 5}, {0, 1, 4, 127}}, []uint16{
			bin + 1, on + 1, on + 2, bin + 2, on + 3, bin + 32, on + 4, shift + 1, off + 1, off + 2, off + 3, off + 4,
		}},
		{"gaps", []Note{{100, 301, 60, 1}}, []uint16{shift + 100, bin + 1, on + 60, shift + 100, shift + 100, shift + 1, off + 60}},
		{"ends first", []Note{{0, 5, 70, 1}, {1, 5, 60, 1}, {5, 6, 10, 1}}, []uint16{
			bin + 1, on + 70, shift + 1, on + 60, shift + 4, off + 70, off + 60, on + 10, shift + 1, off + 10,
		}},
	} {
		if got := (Performance{}).IDs(test.notes); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestPianoLeavesOut(t *testing.T) {
	notes := []Note{{0, 5, 20, 9}, {1, 5, 21, 9}, {2, 6, 108, 9}, {3, 9, 109, 90}}
	c := Performance{Piano: true}
	ids := c.IDs(notes)
	if want := []uint16{176, 278, 0, 176, 87, 178, 88, 176, 175}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
	if got, err := c.Notes(ids); err != nil || !slices.Equal(got, []Note{{1, 5, 21, 9}, {2, 6, 108, 9}}) {
		t.Errorf("decodes to %v, %v", got, err)
	}
	if c.Vocabulary() != 308 || (Performance{}).Vocabulary() != 388 {
		t.Errorf("vocabularies of %d and %d events", c.Vocabulary(), Performance{}.Vocabulary())
	}
}

func TestNoNotes(t *testing.T) {
	drums := written(t, smf.Track{in(0, midi.NoteOn(9, 60, 9)), in(10, midi.NoteOff(9, 60))})
	low := written(t, smf.Track{in(0, midi.NoteOn(0, 20, 9)), in(10, midi.NoteOff(0, 20))})
	for name, file := range map[string][]byte{"drums": drums, "nothing": written(t, nil), "too low": low} {
		if ids, err := encode(Performance{Piano: true}, file); !errors.Is(err, ErrNoNotes) {
			t.Errorf("%s: %v, %v", name, ids, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		c    Performance
		ids  []uint16
		want string
	}{
		"event":       {Performance{}, []uint16{0, 388}, "event 388"},
		"piano event": {Performance{Piano: true}, []uint16{308}, "event 308"},
		"time":        {Performance{}, slices.Repeat([]uint16{shift + 100}, 86_401), "24 hours"},
	} {
		if err := test.c.Decode(io.Discard, test.ids); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestErrorsEndEncoding(t *testing.T) {
	full := errors.New("disk full")
	file := written(t, smf.Track{in(0, midi.NoteOn(0, 60, 9))})
	if _, err := (Performance{}).Encode(bytes.NewReader(file), func([]uint16) error { return full }); !errors.Is(err, full) {
		t.Errorf("an error of emit becomes %v", err)
	}
	broken := io.MultiReader(bytes.NewReader(file[:20]), iotest.ErrReader(full))
	if _, err := (Performance{}).Encode(broken, func([]uint16) error { return nil }); !errors.Is(err, full) {
		t.Errorf("an error of reading becomes %v", err)
	}
}
