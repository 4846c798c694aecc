package music

import (
	"bytes"
	"slices"
	"testing"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// in is a message some milliseconds after the one before it.
func in(delta uint32, message []byte) smf.Event { return smf.Event{Delta: delta, Message: message} }

// written is a file of tracks, a tick a millisecond unless their tempo says
// otherwise.
func written(t testing.TB, tracks ...smf.Track) []byte {
	t.Helper()
	f := smf.NewSMF1()
	f.TimeFormat = smf.MetricTicks(500)
	for _, track := range tracks {
		track.Close(0)
		if err := f.Add(track); err != nil {
			t.Fatal(err)
		}
	}
	data, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestNotes(t *testing.T) {
	const c, e = 60, 64
	on := func(delta uint32, pitch, velocity uint8) smf.Event { return in(delta, midi.NoteOn(0, pitch, velocity)) }
	off := func(delta uint32, pitch uint8) smf.Event { return in(delta, midi.NoteOff(0, pitch)) }
	foot := func(delta uint32, value uint8) smf.Event { return in(delta, midi.ControlChange(0, 64, value)) }
	control := func(delta uint32, number, value uint8) smf.Event {
		return in(delta, midi.ControlChange(0, number, value))
	}
	port := func(number byte) smf.Event { return in(0, []byte{0xff, 0x21, 1, number}) }
	for _, test := range []struct {
		name   string
		tracks []smf.Track
		want   []Note
	}{
		{"halves round up", []smf.Track{{on(5, c, 9), off(20, c), on(9, e, 9), off(11, e)}}, []Note{{1, 3, c, 9}, {3, 5, e, 9}}},
		{"a note lasts a step", []smf.Track{{on(10, c, 9), off(1, c)}}, []Note{{1, 2, c, 9}}},
		{"pitch by pitch in a step", []smf.Track{{on(10, e, 9), on(1, c, 8), off(20, c), off(0, e)}}, []Note{{1, 3, c, 8}, {1, 3, e, 9}}},
		{"same pitch in a step", []smf.Track{{on(10, c, 9), off(1, c), on(1, c, 8), off(30, c)}}, []Note{{1, 2, c, 9}, {1, 4, c, 8}}},
		{"first in, first out", []smf.Track{{on(0, c, 9), on(20, c, 8), off(20, c), off(20, c)}}, []Note{{0, 4, c, 9}, {2, 6, c, 8}}},
		{"end without a note", []smf.Track{{off(0, c), on(10, c, 9), off(10, c), off(10, c)}}, []Note{{1, 2, c, 9}}},
		{"no end", []smf.Track{{on(0, c, 9), on(10, e, 9), off(40, e)}}, []Note{{0, 5, c, 9}, {1, 5, e, 9}}},
		{"velocity 0 ends", []smf.Track{{on(0, c, 9), on(10, c, 0), on(90, e, 9), off(10, e)}}, []Note{{0, 1, c, 9}, {10, 11, e, 9}}},

		{"pedal holds", []smf.Track{{foot(0, 64), on(0, c, 9), off(10, c), foot(90, 63), on(50, e, 9), off(10, e)}}, []Note{{0, 10, c, 9}, {15, 16, e, 9}}},
		{"pedal too high", []smf.Track{{foot(0, 63), on(0, c, 9), off(10, c), foot(90, 0)}}, []Note{{0, 1, c, 9}}},
		{"pedal down later", []smf.Track{{on(0, c, 9), off(10, c), foot(10, 127), foot(90, 0)}}, []Note{{0, 1, c, 9}}},
		{"pedal down with the end", []smf.Track{{on(0, c, 9), off(10, c), foot(0, 127), foot(90, 0)}}, []Note{{0, 10, c, 9}}},
		{"pedal up before the end", []smf.Track{{foot(0, 127), on(0, c, 9), foot(10, 0), off(20, c)}}, []Note{{0, 3, c, 9}}},
		{"pedal down at the end of all", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), on(40, e, 9), off(10, e)}}, []Note{{0, 6, c, 9}, {5, 6, e, 9}}},
		{"struck again under the pedal", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), on(40, c, 8), off(10, c), foot(40, 0)}}, []Note{{0, 5, c, 9}, {5, 10, c, 8}}},
		{"struck again, key down", []smf.Track{{foot(0, 127), on(0, c, 9), on(50, c, 8), off(10, c), off(10, c), foot(30, 0)}}, []Note{{0, 5, c, 9}, {5, 10, c, 8}}},
		{"overlap under no pedal, then pedal", []smf.Track{{on(0, c, 9), on(10, c, 8), foot(10, 127), off(10, c), off(10, c), foot(60, 0)}}, []Note{{0, 10, c, 9}, {1, 10, c, 8}}},
		{"pedal of another channel", []smf.Track{{in(0, midi.ControlChange(1, 64, 127)), on(0, c, 9), off(10, c), on(90, e, 9), off(10, e)}}, []Note{{0, 1, c, 9}, {10, 11, e, 9}}},
		{"pedal in another track", []smf.Track{{foot(0, 127), foot(100, 0)}, {on(0, c, 9), off(10, c)}}, []Note{{0, 10, c, 9}}},

		// As pretty_midi reads these, but a note whose end is lost ends where its key is struck again.
		{"lost end", []smf.Track{{on(0, c, 9), on(100, c, 8), off(10, c), on(100, c, 7), off(10, c)}}, []Note{{0, 10, c, 9}, {10, 11, c, 8}, {21, 22, c, 7}}},
		{"lost end of the second", []smf.Track{{on(0, c, 9), off(10, c), on(90, c, 8), on(100, c, 7), off(10, c)}}, []Note{{0, 1, c, 9}, {10, 20, c, 8}, {20, 21, c, 7}}},
		{"two lost ends", []smf.Track{{on(0, c, 9), on(100, c, 8), on(100, c, 7), off(10, c)}}, []Note{{0, 10, c, 9}, {10, 20, c, 8}, {20, 21, c, 7}}},
		{"lost end, then an overlap", []smf.Track{{on(0, c, 9), on(100, c, 8), on(100, c, 7), off(10, c), off(90, c)}}, []Note{{0, 10, c, 9}, {10, 21, c, 8}, {20, 30, c, 7}}},
		{"lost end, other keys", []smf.Track{{on(0, c, 9), on(0, e, 9), off(50, e), on(50, c, 8), off(10, c)}}, []Note{{0, 10, c, 9}, {0, 5, e, 9}, {10, 11, c, 8}}},
		{"lost end under the pedal", []smf.Track{{foot(0, 127), on(0, c, 9), on(100, c, 8), off(10, c), foot(100, 0)}}, []Note{{0, 10, c, 9}, {10, 21, c, 8}}},
		{"end first at each tick", []smf.Track{{off(0, c), on(0, c, 9), off(100, c), on(0, c, 8), off(100, c)}}, []Note{{0, 10, c, 9}, {10, 20, c, 8}}},
		{"onset first at a tick", []smf.Track{{on(0, c, 9), on(100, c, 8), off(0, c), off(100, c)}}, []Note{{0, 10, c, 9}, {10, 20, c, 8}}},
		{"end of nothing, then a lost end", []smf.Track{{off(0, c), on(0, c, 9), on(100, c, 8), off(100, c), on(100, e, 9), off(10, e)}}, []Note{{0, 10, c, 9}, {10, 20, c, 8}, {30, 31, e, 9}}},

		{"all notes off", []smf.Track{{on(0, c, 9), on(0, e, 9), control(50, 123, 0), on(50, c, 8), off(10, c), off(90, e)}}, []Note{{0, 5, c, 9}, {0, 5, e, 9}, {10, 11, c, 8}}},
		{"omni off", []smf.Track{{on(0, c, 9), control(50, 124, 0), on(50, e, 9), off(10, e)}}, []Note{{0, 5, c, 9}, {10, 11, e, 9}}},
		{"poly on", []smf.Track{{on(0, c, 9), control(50, 127, 0), on(50, e, 9), off(10, e)}}, []Note{{0, 5, c, 9}, {10, 11, e, 9}}},
		{"all notes off under the pedal", []smf.Track{{foot(0, 127), on(0, c, 9), control(50, 123, 0), foot(50, 0)}}, []Note{{0, 10, c, 9}}},
		{"all sound off under the pedal", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), on(0, e, 9), control(50, 120, 0), foot(50, 0)}}, []Note{{0, 6, c, 9}, {1, 6, e, 9}}},
		{"all notes off and an onset at a tick", []smf.Track{{on(0, c, 9), on(50, c, 8), control(0, 123, 0), off(50, c)}}, []Note{{0, 5, c, 9}, {5, 10, c, 8}}},
		{"all notes off between a lost end and the next", []smf.Track{{on(0, c, 9), control(50, 123, 0), on(50, c, 8), off(10, c)}}, []Note{{0, 5, c, 9}, {10, 11, c, 8}}},
		{"all notes off of another channel", []smf.Track{{on(0, c, 9), in(10, midi.ControlChange(1, 123, 0)), off(90, c)}}, []Note{{0, 10, c, 9}}},
		{"all notes off of another track with notes", []smf.Track{{on(0, c, 9), off(100, c)}, {on(0, e, 9), control(50, 123, 0)}}, []Note{{0, 10, c, 9}, {0, 5, e, 9}}},
		{"all notes off of a track without notes", []smf.Track{{control(50, 123, 0)}, {on(0, c, 9), off(100, c)}, {on(0, e, 9), off(100, e)}}, []Note{{0, 5, c, 9}, {0, 5, e, 9}}},
		{"controllers reset", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), control(50, 121, 0), on(50, e, 9), off(10, e)}}, []Note{{0, 6, c, 9}, {11, 12, e, 9}}},

		{"pedal of another track with notes", []smf.Track{
			{foot(0, 127), on(0, c, 9), off(10, c), foot(90, 0)}, {on(0, e, 9), off(10, e)},
		}, []Note{{0, 10, c, 9}, {0, 1, e, 9}}},
		{"pedal of its own and of a track", []smf.Track{
			{foot(0, 127), foot(200, 0)}, {foot(0, 127), on(0, c, 9), off(10, c), foot(90, 0)}, {on(0, e, 9), off(10, e)},
		}, []Note{{0, 10, c, 9}, {0, 20, e, 9}}},
		{"reset of a pedal in a track", []smf.Track{{foot(0, 127), foot(200, 0)}, {on(0, c, 9), off(10, c), control(90, 121, 0)}}, []Note{{0, 10, c, 9}}},
		{"same channel of another port", []smf.Track{{port(0), foot(0, 127), foot(100, 0)}, {port(1), on(0, c, 9), off(10, c)}}, []Note{{0, 1, c, 9}}},
		{"same channel of the same port", []smf.Track{{port(1), foot(0, 127), foot(100, 0)}, {port(1), on(0, c, 9), off(10, c)}}, []Note{{0, 10, c, 9}}},
		{"a port within a track", []smf.Track{{foot(0, 127), on(0, c, 9), port(1), on(0, e, 9), off(10, e), port(0), off(0, c), foot(90, 0)}}, []Note{{0, 10, c, 9}, {0, 1, e, 9}}},

		{"pedal without an end", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), on(0, e, 9), off(90, e)}}, []Note{{0, 10, c, 9}, {1, 10, e, 9}}},
		{"pedal up minutes later", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), foot(600_000, 0)}}, []Note{{0, 2001, c, 9}}},
		{"pedal up a little later", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), foot(19_990, 0)}}, []Note{{0, 2000, c, 9}}},
		{"pedal event years later", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), foot(1<<28-1, 0)}}, []Note{{0, 2001, c, 9}}},
		{"end of no note minutes later", []smf.Track{{foot(0, 127), on(0, c, 9), off(10, c), off(600_000, c)}}, []Note{{0, 1, c, 9}}},

		{"tempo", []smf.Track{
			{in(0, smf.MetaTempo(120)), in(100, smf.MetaTempo(60)), in(100, smf.MetaTempo(240))},
			{on(50, c, 9), off(100, c), on(50, e, 9), off(100, e)},
		}, []Note{{5, 20, c, 9}, {30, 35, e, 9}}},
		{"percussion", []smf.Track{{in(0, midi.NoteOn(9, c, 9)), in(10, midi.NoteOff(9, c))}}, []Note{}},
		// What one channel begins and the other ends cannot be told from events.
		{"channels share a pitch", []smf.Track{
			{on(0, c, 9), off(100, c)},
			{in(10, midi.NoteOn(1, c, 8)), in(10, midi.NoteOff(1, c))},
		}, []Note{{0, 2, c, 9}, {1, 10, c, 8}}},
	} {
		got, _, err := Read(bytes.NewReader(written(t, test.tracks...)))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
		}
	}
}

// What was assumed is said, what is in order is not.
func TestNotesSay(t *testing.T) {
	on, off := in(0, midi.NoteOn(0, 60, 64)), in(100, midi.NoteOff(0, 60))
	down, up := in(0, midi.ControlChange(0, 64, 127)), in(100, midi.ControlChange(0, 64, 0))
	late := in(60_000, midi.ControlChange(0, 64, 0))
	for name, test := range map[string]struct {
		track smf.Track
		want  []string
	}{
		"in order":               {smf.Track{down, on, off, up, on, off}, nil},
		"overlap":                {smf.Track{on, on, off, off}, nil},
		"all notes off":          {smf.Track{on, in(100, midi.ControlChange(0, 123, 0))}, nil},
		"lost end":               {smf.Track{on, on, off}, []string{saidMissingOff}},
		"lost end at the end":    {smf.Track{on, off, on}, []string{saidMissingOff}},
		"pedal without end":      {smf.Track{down, on, off}, []string{saidEndless}},
		"pedal held after notes": {smf.Track{on, off, in(10, midi.ControlChange(0, 64, 127))}, nil},
		"pedal long after":       {smf.Track{down, on, off, late}, []string{saidLate}},
		"silence after":          {smf.Track{on, off, late}, nil},
	} {
		if _, got, err := Read(bytes.NewReader(written(t, test.track))); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
		}
	}
}

// A million notes of one pitch, with the pedal in every state, must not take
// quadratic time.
func TestManyNotesOfOnePitch(t *testing.T) {
	const n = 200_000
	var track smf.Track
	for i := range n {
		track = append(track, in(0, midi.NoteOn(0, 60, 64)))
		if i%2 == 0 {
			track = append(track, in(0, midi.ControlChange(0, 64, uint8(i%4/2*127))))
		}
	}
	for range n {
		track = append(track, in(0, midi.NoteOff(0, 60)), in(0, midi.ControlChange(0, 64, 127)), in(0, midi.ControlChange(0, 64, 0)))
	}
	notes, _, err := Read(bytes.NewReader(written(t, track)))
	if err != nil || len(notes) != n {
		t.Fatalf("%d notes, %v; want %d", len(notes), err, n)
	}
}
