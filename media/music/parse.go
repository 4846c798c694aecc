package music

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// kind is what an event does.
type kind uint8

const (
	tempo    kind = iota
	pedal         // controller 64
	reset         // controller 121: the pedal is up
	notesOff      // controllers 123 to 127: all keys are up
	soundOff      // controller 120: all notes end, also under the pedal
	keyDown
	keyUp
)

// event is a MIDI event that affects the notes.
type event struct {
	tick    int64
	tempo   uint32 // microseconds per quarter
	track   int32
	channel uint16 // 16 times the port, plus the channel
	kind    kind
	key     uint8 // or the number of the controller
	value   uint8 // velocity, or position of the pedal
}

// percussion is the index of channel 10.
const percussion = 9

// score is what a file says about notes.
type score struct {
	events []event // in the order of rule 1
	// A unit of time is division ticks: a quarter, or, with times in SMPTE
	// frames, as many frames as there are in a second.
	division int
	unit     int64 // microseconds of the unit before the first tempo change
	remarks  remarks
}

// damage returns an error for the byte at an offset.
func damage(at int, format string, args ...any) error {
	return fmt.Errorf("byte %d: %s; the file is damaged or incomplete, download or copy it again", at, fmt.Sprintf(format, args...))
}

// parse reads a MIDI file, also in a container. Offsets in errors are those of
// the whole file.
func parse(whole []byte) (*score, error) {
	const header = 14
	s := &score{unit: 500_000} // 120 quarters per minute is the default
	file, base := unwrap(whole, &s.remarks)
	if len(file) < base+header || string(file[base:base+4]) != fileHeader {
		return nil, fmt.Errorf("byte %d: no MThd header of 14 bytes; this is not a MIDI file, or it is truncated", base)
	}
	// Some writers state a wrong length; a header that is short has no division.
	if n := int(binary.BigEndian.Uint32(file[base+4:])); n < 6 && bytes.HasPrefix(file[base+8+n:], []byte(trackHeader)) {
		return nil, damage(base+4, "the header has %d bytes, not 6", n)
	}
	format, declared := binary.BigEndian.Uint16(file[base+8:]), int(binary.BigEndian.Uint16(file[base+10:]))
	if format > 2 {
		return nil, fmt.Errorf("byte %d: MIDI format %d is not known; save the file as format 0 or 1", base+8, format)
	}
	if format == 2 {
		s.remarks.add(saidFormat2)
	}
	if err := s.divide(file, base+12); err != nil {
		return nil, err
	}
	at := int64(base) + 8 + int64(binary.BigEndian.Uint32(file[base+4:]))
	if err := s.tracks(file, int(min(at, int64(len(file)))), declared); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.events, func(a, b event) int {
		if a.tick != b.tick {
			return int(min(max(a.tick-b.tick, -1), 1))
		}
		return rank(a) - rank(b)
	})
	return s, nil
}

// divide reads the division of time, two bytes of the header.
func (s *score) divide(file []byte, at int) error {
	if file[at] < 0x80 {
		if s.division = int(binary.BigEndian.Uint16(file[at:])); s.division == 0 {
			return damage(at, "a quarter has 0 ticks")
		}
		return nil
	}
	frames, ticks := -int(int8(file[at])), int(file[at+1])
	s.unit = 1_000_000
	switch frames {
	case 24, 25, 30:
	case 29: // 30 frames, of which some numbers are dropped: 30000/1001 a second
		frames, s.unit = 30, 1_001_000
	default:
		return fmt.Errorf("byte %d: %d SMPTE frames a second are not 24, 25, 29 (29.97) or 30; save the file with ticks per quarter", at, frames)
	}
	if ticks == 0 {
		return damage(at+1, "a frame has 0 ticks")
	}
	s.division = frames * ticks
	return nil
}

// frames reports whether times are in SMPTE frames, which ignore the tempo.
func (s *score) frames() bool { return s.unit != 500_000 }

// tracks reads all tracks from an offset on, whatever number is declared.
func (s *score) tracks(file []byte, at, declared int) error {
	count := 0
	for at < len(file) {
		size, ok := chunk(file, at)
		if bytes.HasPrefix(bytes.TrimLeft(file[at:], "\x00"), []byte(fileHeader)) {
			return fmt.Errorf("byte %d: another MIDI file follows; split them into two, as both would play at once", at)
		}
		switch {
		case ok && string(file[at:at+4]) == trackHeader:
			next, err := s.track(file, at, size, count, max(declared, count+1))
			if err != nil {
				return err
			}
			at = next
			count++
		case ok && size <= int64(len(file)-at-8): // a chunk of another kind
			at += 8 + int(size)
		default:
			next := bytes.Index(file[at:], []byte(trackHeader))
			if next < 0 || at+next+8 > len(file) {
				s.remarks.add(saidTrailing)
				at = len(file)
				break
			}
			s.remarks.add(saidJunk)
			at += next
		}
	}
	switch {
	case count == 0:
		return damage(len(file), "the file ends before track 1 of %d", declared)
	case count < declared:
		s.remarks.add(saidFewerTracks)
	case count > declared:
		s.remarks.add(saidMoreTracks)
	}
	return nil
}

// chunk reports whether a chunk can begin at an offset, and the size that it
// claims: its name is four printable characters.
func chunk(file []byte, at int) (size int64, ok bool) {
	if at+8 > len(file) {
		return 0, false
	}
	for _, c := range file[at : at+4] {
		if c < ' ' || c > '~' {
			return 0, false
		}
	}
	return int64(binary.BigEndian.Uint32(file[at+4:])), true
}

// track reads the track at an offset and returns where the next chunk may
// begin. Where its size is wrong, its end mark says where it ends.
func (s *score) track(file []byte, at int, size int64, index, declared int) (next int, err error) {
	begin := at + 8
	read := func(end int) (*trackReader, error) {
		t := &trackReader{score: s, file: file[:end], at: begin, track: index}
		return t, t.read()
	}
	end := begin + int(min(size, int64(len(file)-begin)))
	_, follows := chunk(file, end)
	follows = follows || end == len(file)
	fits := size <= int64(len(file)-begin)

	t, err := read(end)
	if fits && err == nil && (t.ended || follows) {
		s.accept(t)
		switch {
		case !t.ended:
			s.remarks.add(saidNoEnd)
		case t.at == end:
		case !follows || bytes.HasPrefix(file[t.at:], []byte(trackHeader)):
			s.remarks.add(saidTrackSize)
			return t.at, nil
		default:
			s.remarks.add(saidBehindEnd)
		}
		return end, nil
	}
	// The size is wrong, or the track has no end.
	rest := len(file)
	if i := bytes.Index(file[begin:], []byte(trackHeader)); i >= 0 {
		rest = begin + i
	}
	if long, longErr := read(rest); longErr == nil && long.ended {
		s.accept(long)
		s.remarks.add(saidTrackSize)
		return long.at, nil
	}
	switch {
	case !fits:
		return 0, damage(len(file), "the file ends within track %d of %d", index+1, declared)
	case err != nil:
		return 0, err
	}
	s.accept(t)
	s.remarks.add(saidNoEnd)
	return end, nil
}

// accept takes the events of a track.
func (s *score) accept(t *trackReader) {
	s.events = append(s.events, t.events...)
	for _, r := range t.remarks {
		s.remarks.add(r)
	}
}

// rank orders events of one tick.
func rank(e event) int {
	if e.kind == keyDown || e.kind == keyUp {
		return 1
	}
	return 0
}
