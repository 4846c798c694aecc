// Package music turns MIDI files into performance events and back.
//
// The codec is [Performance]. Its events are those of Oore et al., "This Time
// with Feeling: Learning Expressive Musical Performance" (2018), as Music
// Transformer uses them, in the order of Magenta's note-seq
// (PerformanceOneHotEncoding):
//
//	  0 to 127  NOTE_ON of pitch 0 to 127
//	128 to 255  NOTE_OFF
//	256 to 355  TIME_SHIFT by 1 to 100 steps of 10 ms
//	356 to 387  VELOCITY bin 1 to 32, for the notes that follow
//
// With Piano set it has only pitches 21 to 108, and 308 events in the same
// order. [Read] and [Write] convert between MIDI files and [Note] values, whose
// times are in steps of 10 ms. [Render] plays notes on a SoundFont.
//
// # Reading
//
// Read takes standard MIDI files of format 0 and 1, up to 8 MiB and 24 hours. A
// file that is truncated or damaged gives an error that names the byte; so does
// format 2, and time in SMPTE frames. A file without notes is [ErrNoNotes] when
// it is encoded. These rules turn a file into notes:
//
//  1. All tracks are merged in the order of their ticks. At one tick the pedal
//     precedes notes, as in note-seq; otherwise the first track comes first.
//     Tempo changes apply to all tracks. Times are exact fractions.
//  2. Channel 10, percussion, is left out. Programs are ignored: all other
//     channels are one instrument.
//  3. A note-off, or a note-on of velocity 0, releases the oldest held note of
//     its track, channel and pitch (first in, first out). Without such a note
//     it does nothing.
//  4. The sustain pedal, controller 64, is down at a value of 64 or more, for
//     its channel in all tracks. A key released while it is down sounds until
//     the pedal is up, or until the next onset of its pitch and channel. That
//     onset also ends notes whose key is still held. With the pedal up, notes
//     of one pitch may overlap.
//  5. Notes that still sound after the last note or pedal event end there.
//  6. Events name only a pitch. So of the notes of one pitch, in the order of
//     their onsets, the first gets the earliest end, and so on. This changes
//     notes only where channels or tracks share a pitch.
//  7. Onsets and ends are rounded to the nearest step, halves up. A note lasts
//     at least one step.
//
// # Encoding and decoding
//
// Notes are sorted by the step of their onset, then by pitch; equal ones keep
// their order in time. In each step the ends come first, in the order of their
// notes, then the onsets. A gap of more than 100 steps is as many shifts of 100
// as fit, then the rest. The bin of velocity v is (v-1)/4 + 1. A VELOCITY
// precedes a NOTE_ON if the bin differs from the last one.
//
// Decoding follows note-seq. The velocity of bin b is 1 + 4(b-1), and the bin
// before the first VELOCITY is 16, the middle. NOTE_OFF ends the oldest open
// note of its pitch; without one it is ignored. Notes without duration are
// dropped. Notes that are open at the end end there. So any sequence of events
// is music. If an encoder made the sequence, encoding the decoded notes gives
// it back.
//
// MIDI files are written with 500 ticks per quarter at 120 quarters per minute:
// a tick is a millisecond and a step is 10 ticks.
//
// # Differences from note-seq
//
// note-seq sorts the notes that begin in one step by their exact time first,
// which decoding cannot restore. At a note-off it ends all open notes of the
// pitch and drops notes that have no end. It drops a note that is struck again
// at the same instant under the pedal; the rules above keep all of these. It
// rounds times in floating point and begins with a velocity of 100. From files
// that Write wrote it makes the same events (63 performances of MAESTRO,
// note-seq 0.0.5); from the original files, 0.05 % of the notes differ.
//
// MIDILike of MidiTok (3.1.0, 50 positions per beat, 120 beats per minute) has
// the same ends, onsets and shifts in every step of these files. It sorts
// differently within a step, gives every onset a velocity of 32 other bins, and
// has shifts of two beats.
package music
