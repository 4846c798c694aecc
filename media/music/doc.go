// Package music turns MIDI files into performance events and back.
//
// The events are those of Oore et al., "This Time with Feeling: Learning
// Expressive Musical Performance" (2018), as Music Transformer uses them, in
// the order of Magenta's note-seq (PerformanceOneHotEncoding):
//
//	  0 to 127  NOTE_ON of pitch 0 to 127
//	128 to 255  NOTE_OFF
//	256 to 355  TIME_SHIFT by 1 to 100 steps of 10 ms
//	356 to 387  VELOCITY bin 1 to 32, for the notes that follow
//
// [Performance] with Piano set has pitches 21 to 108 only and 308 events, in the
// same order. Times are counted in steps of 10 ms, which [Note] has too.
//
// # Reading
//
// Standard MIDI files of format 0 and 1, 8 MiB and 24 hours at most. What is cut
// off or damaged is an error that names the byte; so is format 2, and time in
// SMPTE frames. A file without notes is [ErrNoNotes]. These rules make notes of
// it:
//
//  1. All tracks are one stream, in the order of their ticks. At one tick the
//     pedal comes before notes, as in note-seq, otherwise the first track comes
//     first. Tempo changes hold for all tracks. Times are exact fractions.
//  2. Channel 10, percussion, is left out. So are programs: all else is one
//     instrument.
//  3. A note-off, or a note-on of velocity 0, ends the oldest note of its track,
//     channel and pitch whose key is down (first in, first out). One without such
//     a note does nothing.
//  4. The sustain pedal, controller 64, is down from a value of 64 on, for its
//     channel in all tracks. A key that is released while it is down sounds on
//     until it is up, or until the next onset of its pitch and channel; that onset
//     ends notes whose key is still down too. With the pedal up, notes of one
//     pitch may overlap.
//  5. What still sounds after the last note or pedal event ends there.
//  6. Events name a pitch and nothing else. So of the notes of one pitch, in the
//     order of their onsets, the first gets the earliest end, and so on. This
//     changes notes only where channels or tracks share a pitch.
//  7. Onsets and ends are rounded to the next step, halves up, and a note lasts
//     one step at least.
//
// # Encoding and decoding
//
// Notes are sorted by onset and pitch, both by the step; those that share both
// keep their order in time. In each step the ends come first, in the order of
// their notes, then the onsets. A gap of more than 100 steps is as many shifts of
// 100 as fit, and the rest. The bin of a velocity v is (v-1)/4 + 1, and is there
// before a NOTE_ON if it differs from the last one.
//
// Decoding follows note-seq: the velocity of bin b is 1 + 4(b-1); NOTE_OFF ends
// the oldest open note of its pitch; a NOTE_OFF without one and notes without
// duration are left out; what is open at the end ends there. Before the first
// VELOCITY its bin is 16, the middle. So any order of
// events is music, and encoding what a decoded list gives is that list again, if
// an encoder made it.
//
// MIDI is written with 500 ticks a quarter at 120 quarters a minute: a tick is a
// millisecond and a step is 10.
//
// # Differences from note-seq
//
// Of notes that begin in one step, note-seq sorts by the time within it first,
// which decoding cannot restore. It ends all open notes of a pitch at a note-off,
// drops notes that have none, and drops a note that is struck again at the same
// instant under the pedal; these rules keep them. It rounds times in floating
// point, and begins with a velocity of 100. Of what Write wrote it makes the same
// events (63 performances of MAESTRO, note-seq 0.0.5); of the files themselves
// notes of which 0.05 % differ.
//
// MidiTok's MIDILike (3.1.0, 50 positions a beat, 120 beats a minute) has the same
// ends, onsets and shifts in every step of these. It sorts within a step by
// another rule, has a velocity with every onset, of 32 other bins, and shifts of
// two beats.
package music
