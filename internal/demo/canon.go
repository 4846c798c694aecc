package demo

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/waveletgpt/waveletgpt/media/music"
)

// Lengths in steps of [music.StepMilliseconds].
const (
	beat = 50
	bar  = 4 * beat
)

// scale is C major without F and B: no two of its tones are a semitone apart, so that
// any two voices go together.
var scale = []uint8{0, 2, 4, 7, 9}

// The melody has so many degrees of the scale, from C upwards. The second voice is two
// octaves lower, so the two have no pitch in common.
const (
	degrees = 8
	lowest  = 72
	below   = 24
)

// rhythms are those of a bar, in half beats.
var rhythms = [][]int{{2, 2, 2, 2}, {2, 1, 1, 2, 2}, {4, 2, 2}, {2, 2, 4}, {1, 1, 2, 1, 1, 2}, {8}}

// Melody returns a melody that walks through the scale, of so many bars.
func Melody(bars int, seed uint64) []music.Note {
	r := rand.New(rand.NewPCG(seed, 2))
	var notes []music.Note
	at, degree := 0, r.IntN(degrees)
	for range bars {
		for _, length := range rhythms[r.IntN(len(rhythms))] {
			end := at + length*beat/2
			notes = append(notes, music.Note{Start: at, End: end - 2, Pitch: lowest + 12*uint8(degree/len(scale)) + scale[degree%len(scale)], Velocity: 90})
			at = end
			degree = min(max(degree+r.IntN(5)-2, 0), degrees-1)
		}
	}
	return notes
}

// Canon returns a canon of two voices: the second sings the melody one bar later and
// two octaves lower.
func Canon(bars int, seed uint64) []music.Note {
	notes := Melody(bars, seed)
	for _, n := range slices.Clone(notes) {
		notes = append(notes, music.Note{Start: n.Start + bar, End: n.End + bar, Pitch: n.Pitch - below, Velocity: 70})
	}
	slices.SortStableFunc(notes, func(a, b music.Note) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pitch, b.Pitch))
	})
	return notes
}

// InScale counts the notes whose tones are of the scale.
func InScale(notes []music.Note) (n int) {
	for _, x := range notes {
		if slices.Contains(scale, x.Pitch%12) {
			n++
		}
	}
	return n
}

// Answered counts the notes of the first voice that the second one has time to sing,
// and those among them that it sings: one bar later and two octaves lower.
func Answered(notes []music.Note) (answered, all int) {
	last := 0
	for _, n := range notes {
		last = max(last, n.Start)
	}
	for _, n := range notes {
		if n.Pitch < lowest || n.Start+bar > last {
			continue
		}
		all++
		sings := func(x music.Note) bool { return x.Start == n.Start+bar && x.Pitch == n.Pitch-below }
		if slices.ContainsFunc(notes, sings) {
			answered++
		}
	}
	return answered, all
}
