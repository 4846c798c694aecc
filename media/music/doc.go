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
// times are in steps of 10 ms. [SoundFont.Render] plays notes. [Detect] knows a
// MIDI file by its first bytes.
//
// # Reading
//
// Read takes standard MIDI files of format 0, 1 and 2, up to 8 MiB and 24 hours,
// also in a RIFF container (RMID) or behind a MacBinary header. Format 2 is read
// as mido, pretty_midi and symusic do: its tracks play together. Times in SMPTE
// frames are those of the standard: 24, 25, 30000/1001 or 30 frames a second,
// whatever the tempo. A file that is truncated or damaged gives an error that
// names the byte. A file without notes is [ErrNoNotes] when it is encoded. These
// rules turn a file into notes:
//
//  1. All tracks are merged in the order of their ticks. At one tick pedals and
//     other controllers precede notes, as in note-seq; otherwise the first track
//     comes first. Tempo changes apply to all tracks. Times are exact fractions.
//  2. Channel 10, percussion, is left out. Programs are ignored: all other
//     channels are one instrument. The same channel on another port (meta event
//     0x21) is another channel.
//  3. A note-off, or a note-on of velocity 0, releases the oldest held note of
//     its track, channel and pitch (first in, first out). Without such a note
//     it does nothing. Controllers 123 to 127 release all. Seen as brackets, a
//     note-on that no note-off closes has lost its own. It takes no other's: it
//     is released by the next onset of its key. So a note-off that is missing,
//     or stands before its note-on, changes one note and not all that follow.
//  4. The sustain pedal, controller 64, is down at a value of 64 or more until
//     a lower one, or until controller 121. A key released while it is down
//     sounds until the pedal is up, or until the next onset of its pitch under
//     that pedal. That onset also ends notes whose key is still held. With the
//     pedal up, notes of one pitch may overlap. Controller 120 ends all notes.
//     These controllers are for the notes of their track and channel. A track
//     that has none of the channel has them for the channel in all tracks; such
//     a pedal is for the tracks without a pedal of their own.
//  5. Notes that still sound after the last note or pedal event end there, and
//     20 seconds after the last key at the latest. Pedals and tempo changes that
//     come later add nothing.
//  6. Events name only a pitch. So of the notes of one pitch, in the order of
//     their onsets, the first gets the earliest end, and so on. This changes
//     notes only where channels or tracks share a pitch.
//  7. Onsets and ends are rounded to the nearest step, halves up. A note lasts
//     at least one step.
//
// # Repairs
//
// Each of these gives a remark, in the same words for every file. All tracks are
// read, whatever number the header has. Bytes that belong to no chunk are left
// out, between tracks and after the last one. A track whose length is wrong is
// read to its end mark; one without the mark to its length; what stands behind
// the mark is left out. Data bytes above 127 are read as 127, except in the
// number of a controller, which is then ignored. System messages other than
// system exclusive, such as a clock, are skipped and leave the running status.
// Numbers may have more than four bytes. Percussion is left out, and so are
// pitches that the codec does not have. There are remarks for notes without a
// note-off, for a pedal that is never released, and for one that is released
// more than 20 seconds after the last key.
//
// A track that the end of the file cuts off is an error: mido, pretty_midi and
// symusic refuse it too. So are status 0xf4 and 0xf5, other formats, other rates
// of frames, and a tempo of 0.
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
// a tick is a millisecond and a step is 10 ticks. Of notes of one pitch that
// overlap, each has a separate channel, so that mido, pretty_midi and symusic
// read the notes that were written.
//
// # Differences from other readers
//
// note-seq sorts the notes that begin in one step by their exact time first,
// which decoding cannot restore. At a note-off it ends all open notes of the
// pitch, also where two overlap and each has its own, and drops notes that have
// no end. A note that has lost its note-off lasts there to the next note-off of
// its key, here to the next onset. It drops a note that is struck again at the
// same instant under the pedal; the rules above keep all of these. It ignores
// controllers 120, 121 and 123 to 127, and ports. A pedal in a track without
// notes is lost there, and one that is released long after the last note holds
// its notes as long. It rounds times in floating point and begins with a velocity
// of 100. From files that Write wrote it makes the same events (63 performances
// of MAESTRO, note-seq 0.0.5); from the original files, 0.05 % of the notes
// differ.
//
// pretty_midi 0.2.11, which reads for note-seq, and symusic 0.6.0 do not apply
// the pedal. symusic pairs first in, first out, so a note-off that is missing
// shifts all later notes of its key; mido 1.3.3 leaves pairs to its user.
// pretty_midi takes tempo changes from the first track only, and it and mido read
// as many tracks as the header says, and on behind an end mark.
//
// MIDILike of MidiTok (3.1.0, 50 positions per beat, 120 beats per minute) has
// the same ends, onsets and shifts in every step of these files. It sorts
// differently within a step, gives every onset a velocity of 32 other bins, and
// has shifts of two beats.
package music
