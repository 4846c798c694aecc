package music

import "slices"

// A foot is a pedal: the places at which it goes down, up, down, and so on.
type foot struct {
	part   part // that it is for
	places []int
}

// down reports whether the pedal is down at a place.
func (f *foot) down(place int) bool {
	n, _ := slices.BinarySearch(f.places, place)
	return n%2 == 1
}

// up returns where a note ends whose key is released at a place: there, or where
// the pedal goes up.
func (f *foot) up(place int) int {
	if !f.down(place) {
		return place
	}
	return next(f.places, place)
}

// feet are the pedals of a score, for rule 4.
type feet struct {
	pedals map[part]*foot
	last   int // place of the last pedal event, or -1
}

// press returns the pedals of events.
func press(events []event, scopes scopes) feet {
	f := feet{pedals: map[part]*foot{}, last: -1}
	for i, e := range events { // whose pedal events are theirs alone
		if e.kind == pedal {
			f.last = i
			p := scopes.of(e)
			f.pedals[p] = &foot{part: p}
		}
	}
	for i, e := range events {
		if e.kind != pedal && e.kind != reset {
			continue
		}
		foot := f.of(scopes.of(e))
		if down := e.kind == pedal && e.value >= 64; down != (len(foot.places)%2 == 1) {
			foot.places = append(foot.places, i)
		}
	}
	return f
}

// of returns the pedal of a part: its own, or that of its channel.
func (f feet) of(p part) *foot {
	if own, ok := f.pedals[p]; ok {
		return own
	}
	if shared, ok := f.pedals[p.inAllTracks()]; ok {
		return shared
	}
	return &foot{part: p.inAllTracks()}
}

// onsets returns the places of onsets under the pedal, by the pedal and pitch.
func (f feet) onsets(events []event, notes []pairing) map[key][]int {
	under := map[key][]int{}
	for _, n := range notes {
		if foot := f.of(n.part); foot.down(n.start) {
			k := keyOf(foot.part, events[n.start].key)
			under[k] = append(under[k], n.start)
		}
	}
	return under
}
