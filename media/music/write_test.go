package music

import (
	"bytes"
	"slices"
	"testing"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// crowd is n notes of one pitch, each a step later than the one before it.
func crowd(n int) (notes []Note) {
	for i := range n {
		notes = append(notes, Note{i, 100 + 2*i, 60, 64})
	}
	return notes
}

// Notes of one pitch that overlap are apart in the file, as the library reads it,
// and never on channel 10. Others stay on channel 1.
func TestWriteKeepsOverlapsApart(t *testing.T) {
	for _, n := range []int{1, 2, 15, 16, 40} {
		notes := append(crowd(n), Note{5000, 5010, 60, 64}, Note{5010, 5020, 60, 64}, Note{5010, 5020, 61, 64})
		var file bytes.Buffer
		if err := Write(&file, notes); err != nil {
			t.Fatal(err)
		}
		f, err := smf.ReadFrom(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for i, track := range f.Tracks {
			tick, down := uint32(0), map[[2]uint8]bool{}
			for _, e := range track {
				tick += e.Delta
				var k [2]uint8 // channel, pitch
				var velocity uint8
				switch m := midi.Message(e.Message); {
				case m.GetNoteStart(&k[0], &k[1], &velocity):
					if down[k] || k[0] == percussion || tick >= 50_000 && (i > 0 || k[0] > 0) {
						t.Errorf("%d notes: tick %d of track %d strikes %v", n, tick, i, k)
					}
					down[k] = true
				case m.GetNoteEnd(&k[0], &k[1]):
					delete(down, k)
				}
			}
		}
		got, remarks, err := Read(&file)
		if err != nil || len(remarks) > 0 || !slices.Equal(got, notes) {
			t.Errorf("%v, %q, %v; want %v", got, remarks, err, notes)
		}
	}
}
