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
