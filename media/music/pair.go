package music

import "slices"

// A part is what a track plays on one channel of one port: the number of the
// track, from 1, and 12 bits of the channel. Track 0 stands for all tracks.
type part uint64

const channelBits = 12

func partOf(e event) part { return part(e.track+1)<<channelBits | part(e.channel) }

// inAllTracks returns the channel of a part in all tracks.
func (p part) inAllTracks() part { return p & (1<<channelBits - 1) }

// A key is a key of the instrument of a part: the part and 7 bits of the pitch.
type key uint64

func keyOf(p part, pitch uint8) key { return key(p)<<7 | key(pitch) }

// never is later than every event.
const never = int(^uint(0) >> 1)

// A note on its way from events to times: places are indices of events.
type pairing struct {
	start   int
	release int // of the key, or never
	part    part
	lost    bool // no note-off is its
}

// moments are the places of events of a kind, by the part that they are for.
type moments map[part][]int

// after returns the first place after another that is for a part or its whole
// channel, or never.
func (m moments) after(place int, p part) int {
	if len(m) == 0 {
		return never
	}
	return min(next(m[p], place), next(m[p.inAllTracks()], place))
}

// next returns the first of sorted places after another, or never.
func next(places []int, place int) int {
	if i, _ := slices.BinarySearch(places, place+1); i < len(places) {
		return places[i]
	}
	return never
}

// scopes says for what controllers are. One in a part with notes is for that
// part; one in a track without notes on its channel is for the whole channel.
type scopes map[part]bool

func (s scopes) of(e event) part {
	p := partOf(e)
	if s[p] {
		return p
	}
	return p.inAllTracks()
}

// partsWithNotes returns the parts that have notes.
func partsWithNotes(events []event) scopes {
	s := scopes{}
	for _, e := range events {
		if e.kind == keyDown {
			s[partOf(e)] = true
		}
	}
	return s
}

// pair applies rule 3. cuts are the places at which all keys of a part are up.
//
// Seen as brackets, a note-on that no note-off closes has lost its own. The
// others are as many as their note-offs, so that first in, first out is right.
func pair(events []event, cuts moments) []pairing {
	var notes []pairing
	open := map[key][]int{} // notes
	for i, e := range events {
		if e.kind != keyDown && e.kind != keyUp {
			continue
		}
		p := partOf(e)
		k := keyOf(p, e.key)
		if e.kind == keyDown {
			open[k] = append(open[k], len(notes))
			notes = append(notes, pairing{start: i, release: never, part: p, lost: true})
			continue
		}
		stack := open[k]
		if len(stack) == 0 {
			continue
		}
		top := stack[len(stack)-1]
		if cuts.after(notes[top].start, p) < i {
			open[k] = stack[:0] // those below were struck earlier still
			continue
		}
		notes[top].lost, open[k] = false, stack[:len(stack)-1]
	}
	clear(open)
	down := map[key]int{} // the note of each key that has lost its note-off
	n := 0
	for i, e := range events {
		if e.kind != keyDown && e.kind != keyUp {
			continue
		}
		k := keyOf(partOf(e), e.key)
		if e.kind == keyUp {
			if queue := open[k]; len(queue) > 0 {
				notes[queue[0]].release, open[k] = i, queue[1:]
			}
			continue
		}
		if last, ok := down[k]; ok {
			notes[last].release = i
			delete(down, k)
		}
		if notes[n].lost {
			down[k] = n
		} else {
			open[k] = append(open[k], n)
		}
		n++
	}
	for i := range notes {
		if x := &notes[i]; x.lost {
			x.release = min(x.release, cuts.after(x.start, x.part))
		}
	}
	return notes
}
