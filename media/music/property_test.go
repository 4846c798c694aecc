package music

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// spoil are ways in which files differ from what the standard says, or from what
// most have. Each leaves notes that are known.
var spoil = []string{
	"lost end", "end before onset", "end of nothing", "all notes off", "all sound off", "reset",
	"velocity 0", "running status", "clock", "song", "system exclusive", "high velocity", "long numbers", "drums", "text",
	"two tracks", "two ports", "format 2", "frames", "RMID", "MacBinary",
	"few declared", "many declared", "gap", "after the last", "long last track", "no end mark", "empty track", "late tempo",
}

// A writer of files with faults.
type spoiler struct {
	r  *rand.Rand
	is map[string]bool
}

// now and then reports whether a fault is in the file and at this place.
func (s spoiler) now(fault string) bool { return s.is[fault] && s.r.IntN(4) == 0 }

// message is what happens at a tick; of one tick in order.
type message struct {
	tick, order int
	bytes       []byte
}

// piece returns a random piece of one track and channel, and its messages.
func (s spoiler) piece(channel byte) (want []Note, list []message) {
	add := func(tick, order int, bytes ...byte) { list = append(list, message{10 * tick, order, bytes}) }
	end := 0
	for range 3 {
		pitch, at := byte(40+s.r.IntN(40)), s.r.IntN(20)
		if slices.ContainsFunc(want, func(n Note) bool { return n.Pitch == pitch }) {
			continue
		}
		// An end too many after one too few makes an overlap, which is in order.
		lost := false
		for range 1 + s.r.IntN(8) {
			n := Note{Start: at, End: at + 1 + s.r.IntN(40), Pitch: pitch, Velocity: uint8(1 + s.r.IntN(127))}
			gap := s.r.IntN(3) * s.r.IntN(30)
			velocity := n.Velocity
			if s.now("high velocity") {
				velocity, n.Velocity = byte(128+s.r.IntN(128)), 127
			}
			add(n.Start, 1, 0x90|channel, pitch, velocity)
			if s.now("end before onset") && !lost && (len(want) == 0 || want[len(want)-1].End <= n.Start) {
				add(n.Start, 0, 0x80|channel, pitch, 0)
			}
			at = n.End + gap
			switch {
			case s.now("lost end"): // it lasts until the next onset, which follows
				lost, n.End = true, at
				want = append(want, n)
				n = Note{Start: at, End: at + 5, Pitch: pitch, Velocity: 64}
				add(n.Start, 1, 0x90|channel, pitch, 64)
				add(n.End, 0, 0x80|channel, pitch, 0)
				at = n.End + gap
			case s.is["velocity 0"]:
				add(n.End, 0, 0x90|channel, pitch, 0)
			default:
				add(n.End, 0, 0x80|channel, pitch, byte(s.r.IntN(128)))
			}
			if s.now("end of nothing") && !lost && gap > 2 {
				add(n.End+1, 0, 0x80|channel, pitch, 0)
			}
			want = append(want, n)
			end = max(end, n.End)
		}
	}
	end++
	switch { // a note that a controller ends, and the pedal with it
	case s.is["all notes off"]:
		want = append(want, Note{end, end + 7, 90, 64})
		add(end, 1, 0x90|channel, 90, 64)
		add(end+7, 0, 0xb0|channel, 123+byte(s.r.IntN(5)), 0)
	case s.is["all sound off"], s.is["reset"]:
		number := byte(121)
		if s.is["all sound off"] {
			number = 120
		}
		want = append(want, Note{end, end + 7, 90, 64})
		add(end, 0, 0xb0|channel, 64, 100)
		add(end, 1, 0x90|channel, 90, 64)
		add(end+3, 1, 0x80|channel, 90, 64)
		add(end+7, 0, 0xb0|channel, number, 0)
	}
	return want, list
}

// number writes a number of variable length.
func (s spoiler) number(n int) (b []byte) {
	for b = []byte{byte(n & 0x7f)}; n >= 0x80; {
		n >>= 7
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	if s.now("long numbers") {
		b = append([]byte{0x80, 0x80, 0x80, 0x80}, b...)
	}
	return b
}

func (s spoiler) track(list []message, last bool) string {
	slices.SortStableFunc(list, func(a, b message) int { return cmp.Or(a.tick-b.tick, a.order-b.order) })
	var b []byte
	tick, status := 0, byte(0)
	put := func(at int, data ...byte) {
		b = append(append(b, s.number(at-tick)...), data...)
		tick = at
	}
	for _, m := range list {
		if s.now("clock") {
			put(m.tick, 0xf8+[]byte{0, 2, 3, 4, 6}[s.r.IntN(5)])
		}
		if s.now("song") {
			put(m.tick, 0xf3, 5)
		}
		if s.now("system exclusive") {
			put(m.tick, 0xf0, 3, 0x7e, 1, 0xf7)
		}
		if s.now("text") {
			put(m.tick, 0xff, 1, 3, 'a', 0xf7, 0x90)
		}
		if s.now("drums") {
			put(m.tick, 0x99, 35, 100)
			status = 0x99
		}
		if s.is["running status"] && m.bytes[0] == status {
			put(m.tick, m.bytes[1:]...)
		} else {
			put(m.tick, m.bytes...)
			status = m.bytes[0]
		}
	}
	if s.is["late tempo"] {
		put(tick+200_000_000, 0xff, 0x51, 3, 1, 0, 0)
	}
	if !s.is["no end mark"] || last && s.is["long last track"] {
		put(tick, 0xff, 0x2f, 0)
	}
	size := uint32(len(b))
	if last && s.is["long last track"] {
		size += 1 + s.r.Uint32N(1000)
	}
	return sized("MTrk....", size) + string(b)
}

// file returns a file with the faults and the notes that it has.
func (s spoiler) file() (want []Note, file string) {
	var tracks []string
	first, list := s.piece(0)
	want = first
	if s.is["two tracks"] || s.is["two ports"] || s.is["few declared"] || s.is["gap"] {
		channel := byte(3)
		if s.is["two ports"] {
			channel = 0
			list = append([]message{{0, -1, []byte{0xff, 0x21, 1, 0}}}, list...)
		}
		// The pitches are others, so that ends cannot be told apart wrongly.
		second, more := s.piece(channel)
		for i := range second {
			if second[i].Pitch != 90 {
				second[i].Pitch -= 40
			}
		}
		for _, m := range more {
			if m.bytes[0] < 0xb0 && m.bytes[1] != 90 {
				m.bytes[1] -= 40
			}
		}
		if s.is["two ports"] {
			more = append([]message{{0, -1, []byte{0xff, 0x21, 1, 1}}}, more...)
		}
		want = append(want, second...)
		tracks = append(tracks, s.track(more, false))
	}
	tracks = append(tracks, s.track(list, true))
	if s.is["empty track"] {
		tracks = append([]string{"MTrk\x00\x00\x00\x00"}, tracks...)
	}
	format, declared, between := byte(1), len(tracks), ""
	switch {
	case s.is["few declared"]:
		declared -= 2
	case s.is["many declared"]:
		declared += 3
	}
	if s.is["format 2"] {
		format = 2
	}
	if s.is["gap"] {
		between = []string{"\x00", "\xff\xff\xff", "between them"}[s.r.IntN(3)]
	}
	file = fileOf(format, byte(declared), strings.Join(tracks, between))
	if s.is["frames"] {
		file = file[:12] + "\xe7\x28" + file[14:] // 25 frames of 40 ticks
	}
	if s.is["after the last"] {
		file += "\x1a\x00"
	}
	le := func(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	switch {
	case s.is["RMID"]:
		file = "RIFF" + le(12+len(file)) + "RMIDdata" + le(len(file)) + file
	case s.is["MacBinary"]:
		size := string(binary.BigEndian.AppendUint32(nil, uint32(len(file))))
		file = "\x00\x05a.mid" + strings.Repeat("\x00", 76) + size + strings.Repeat("\x00", 41) + file
	}
	slices.SortStableFunc(want, func(a, b Note) int { return cmp.Or(a.Start-b.Start, int(a.Pitch)-int(b.Pitch)) })
	return want, file
}

// Every fault alone and random sets of them leave the notes that were meant.
func TestSpoiledFiles(t *testing.T) {
	const n = 2000
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 22))
		is := map[string]bool{}
		if i < 4*len(spoil) {
			is[spoil[i%len(spoil)]] = true
		} else {
			for range 2 + r.IntN(6) {
				is[spoil[r.IntN(len(spoil))]] = true
			}
		}
		// What comes after a track without an end belongs to it.
		if is["long last track"] {
			delete(is, "after the last")
		}
		want, file := spoiler{r, is}.file()
		got, remarks, err := Read(strings.NewReader(file))
		if err != nil || !sameButEnds(got, want) {
			t.Fatalf("file %d with %v: %v, %q, %v; want %v\n%x", i, is, got, remarks, err, want, file)
		}
	}
}

// sameButEnds reports whether notes are the same, once those of a pitch have
// their ends in order.
func sameButEnds(a, b []Note) bool {
	list := func(notes []Note) (lines []string) {
		for _, n := range notes {
			lines = append(lines, fmt.Sprint("note", n.Pitch, n.Start, n.Velocity), fmt.Sprint("end", n.Pitch, n.End))
		}
		slices.Sort(lines)
		return lines
	}
	return slices.Equal(list(a), list(b))
}
