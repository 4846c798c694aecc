package music

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// kind is what an event does.
type kind uint8

const (
	tempo kind = iota
	pedal
	keyDown
	keyUp
)

// event is a MIDI event that affects the notes.
type event struct {
	tick    int64
	tempo   uint32 // microseconds per quarter
	track   uint16
	kind    kind
	channel uint8
	key     uint8
	value   uint8 // velocity, or position of the pedal
}

// percussion is the index of channel 10.
const percussion = 9

// damage returns an error for the byte at an offset.
func damage(at int, format string, args ...any) error {
	return fmt.Errorf("byte %d: %s; the file is damaged or incomplete, download or copy it again", at, fmt.Sprintf(format, args...))
}

// parse returns the events of a standard MIDI file in the order of rule 1, and
// division, its ticks per quarter.
func parse(file []byte) (events []event, division int, err error) {
	const header = 14
	if len(file) < header || string(file[:4]) != "MThd" {
		return nil, 0, errors.New("byte 0: no MThd header of 14 bytes; this is not a MIDI file, or it is truncated")
	}
	format, tracks := binary.BigEndian.Uint16(file[8:]), int(binary.BigEndian.Uint16(file[10:]))
	division = int(binary.BigEndian.Uint16(file[12:]))
	switch {
	case format > 1:
		return nil, 0, fmt.Errorf("byte 8: MIDI format %d is not supported; save the file as format 0 or 1", format)
	case division >= 1<<15:
		return nil, 0, errors.New("byte 12: times are in SMPTE frames, which are not supported; save the file with ticks per quarter")
	case division == 0:
		return nil, 0, damage(12, "a quarter has 0 ticks")
	}
	at := int64(8) + int64(binary.BigEndian.Uint32(file[4:]))
	for track := 0; track < tracks; {
		if at+8 > int64(len(file)) {
			return nil, 0, damage(len(file), "the file ends before track %d of %d", track+1, tracks)
		}
		name, begin := string(file[at:at+4]), at+8
		at = begin + int64(binary.BigEndian.Uint32(file[at+4:]))
		if name != "MTrk" {
			continue
		}
		if at > int64(len(file)) {
			return nil, 0, damage(len(file), "the file ends within track %d of %d", track+1, tracks)
		}
		t := trackReader{file: file[:at], at: int(begin), track: uint16(track), events: events}
		if err := t.read(); err != nil {
			return nil, 0, err
		}
		events = t.events
		track++
	}
	slices.SortStableFunc(events, func(a, b event) int {
		if a.tick != b.tick {
			return int(min(max(a.tick-b.tick, -1), 1))
		}
		return rank(a) - rank(b)
	})
	return events, division, nil
}

// rank orders events of one tick.
func rank(e event) int {
	if e.kind == keyDown || e.kind == keyUp {
		return 1
	}
	return 0
}

// trackReader reads one track, which ends at the end of file.
type trackReader struct {
	file   []byte
	at     int
	track  uint16
	tick   int64
	status byte // of the last channel message: running status
	events []event
}

func (t *trackReader) read() error {
	for t.at < len(t.file) {
		delta, err := t.number()
		if err != nil {
			return err
		}
		t.tick += int64(delta)
		status, err := t.next()
		switch {
		case err != nil:
			return err
		case status == 0xff:
			end, err := t.meta()
			if end || err != nil {
				return err
			}
		case status == 0xf0 || status == 0xf7:
			if _, err := t.bytes(); err != nil {
				return err
			}
		case status > 0xf0:
			return damage(t.at-1, "status 0x%x is not allowed in a file", status)
		default:
			if status < 0x80 {
				t.at-- // it is data already
			} else {
				t.status = status
			}
			if err := t.message(); err != nil {
				return err
			}
		}
	}
	return nil
}

// meta reads the rest of a meta event and reports whether it ends the track.
func (t *trackReader) meta() (end bool, err error) {
	name, err := t.next()
	if err != nil {
		return false, err
	}
	at := t.at
	data, err := t.bytes()
	switch {
	case err != nil:
		return false, err
	case name == 0x2f:
		return true, nil
	case name == 0x51 && len(data) == 3:
		e := event{tick: t.tick, kind: tempo, tempo: uint32(data[0])<<16 | uint32(data[1])<<8 | uint32(data[2])}
		if e.tempo == 0 {
			return false, damage(at, "a tempo of 0 microseconds per quarter")
		}
		t.events = append(t.events, e)
	}
	return false, nil
}

// message reads the data of a channel message.
func (t *trackReader) message() error {
	if t.status == 0 {
		return damage(t.at, "a message begins with 0x%x, which is not a status", t.file[t.at])
	}
	size := 2
	if k := t.status >> 4; k == 0xc || k == 0xd {
		size = 1
	}
	var data [2]byte
	for i := range size {
		b, err := t.next()
		if err != nil {
			return err
		}
		if b >= 0x80 {
			return damage(t.at-1, "0x%x is not a data byte", b)
		}
		data[i] = b
	}
	e := event{tick: t.tick, track: t.track, channel: t.status & 0xf, key: data[0], value: data[1]}
	switch k := t.status >> 4; {
	case e.channel == percussion:
		return nil
	case k == 0x9 && e.value > 0:
		e.kind = keyDown
	case k == 0x8 || k == 0x9:
		e.kind = keyUp
	case k == 0xb && e.key == 64:
		e.kind = pedal
	default:
		return nil
	}
	t.events = append(t.events, e)
	return nil
}

func (t *trackReader) next() (byte, error) {
	if t.at == len(t.file) {
		return 0, damage(t.at, "track %d ends within an event", t.track+1)
	}
	t.at++
	return t.file[t.at-1], nil
}

// number reads a number of variable length: 7 bits per byte, at most 4 bytes.
func (t *trackReader) number() (int, error) {
	n := 0
	for range 4 {
		b, err := t.next()
		if err != nil {
			return 0, err
		}
		n = n<<7 | int(b&0x7f)
		if b < 0x80 {
			return n, nil
		}
	}
	return 0, damage(t.at, "a number has more than 4 bytes")
}

// bytes reads a length and that number of bytes.
func (t *trackReader) bytes() ([]byte, error) {
	n, err := t.number()
	if err != nil {
		return nil, err
	}
	if n > len(t.file)-t.at {
		return nil, damage(t.at, "an event has %d bytes, but track %d has %d left", n, t.track+1, len(t.file)-t.at)
	}
	t.at += n
	return t.file[t.at-n : t.at], nil
}
