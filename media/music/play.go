package music

import (
	"cmp"
	"fmt"
	"slices"
)

// maxHours is the maximum playing time of a file. Silence is encoded too, and a
// few bytes can claim years of it.
const maxHours = 24

// ring is how long notes sound at most after the last key of a file is struck or
// released, in steps: 20 s. The last notes of 1,276 piano performances (MAESTRO
// v3) ring for up to 11.8 s.
const ring = 20 * 1000 / StepMilliseconds

// sounding is the end of a note that has not ended.
const sounding = -1

// played is a note with its exact times: microseconds times the ticks per
// quarter, so that every tick is a whole number.
type played struct {
	start, end      int64
	pitch, velocity uint8
}

// play returns the notes of a score in the order of their onsets.
func (s *score) play() ([]played, error) {
	times := s.times()
	scopes := partsWithNotes(s.events)
	cuts, silences := moments{}, moments{}
	for i, e := range s.events {
		if e.kind == notesOff || e.kind == soundOff {
			cuts[scopes.of(e)] = append(cuts[scopes.of(e)], i)
		}
		if e.kind == soundOff {
			silences[scopes.of(e)] = append(silences[scopes.of(e)], i)
		}
	}
	feet := press(s.events, scopes)
	pairs := pair(s.events, cuts)
	lastKey := int64(0)
	for _, n := range pairs {
		last := n.start
		if n.release != never {
			last = n.release
		}
		if lastKey = max(lastKey, times[last]); lastKey > s.limit() {
			return nil, fmt.Errorf("tick %d is more than %d hours after the start; the file is damaged, or must be cut into pieces", s.events[last].tick, maxHours)
		}
	}
	late := lastKey + int64(s.division)*ring*StepMilliseconds*1000
	lastEvent := lastKey
	if feet.last >= 0 {
		lastEvent = max(lastEvent, times[feet.last])
	}
	struck := feet.onsets(s.events, pairs)
	notes := make([]played, len(pairs))
	for i, n := range pairs {
		e, foot := s.events[n.start], feet.of(n.part)
		end := foot.up(n.release)
		held := end != n.release
		end = min(end, next(struck[keyOf(foot.part, e.key)], n.start), silences.after(n.start, n.part))
		p := played{start: times[n.start], end: lastEvent, pitch: e.key, velocity: e.value}
		switch {
		case end != never:
			p.end = times[end]
		case held:
			s.remarks.add(saidEndless)
		}
		if p.end > late {
			s.remarks.add(saidLate)
			p.end = late
		}
		if n.lost && (n.release == never || s.events[n.release].kind == keyDown) {
			s.remarks.add(saidMissingOff)
		}
		notes[i] = p
	}
	orderEnds(notes)
	return notes, nil
}

// limit is the maximum playing time.
func (s *score) limit() int64 { return int64(s.division) * maxHours * 3600 * 1e6 }

// times returns the time of every event. Those that are far beyond the limit
// are all twice the limit.
func (s *score) times() []int64 {
	times := make([]int64, len(s.events))
	most := 2 * s.limit()
	var now, tick int64
	unit := s.unit
	for i, e := range s.events {
		if now == most || e.tick-tick > (most-now)/unit {
			now = most
		} else {
			now += (e.tick - tick) * unit
		}
		tick = e.tick
		if e.kind == tempo {
			unit = int64(e.tempo)
		}
		times[i] = now
	}
	return times
}

// orderEnds applies rule 6.
func orderEnds(notes []played) {
	var ends [128][]int64
	for _, n := range notes {
		ends[n.pitch] = append(ends[n.pitch], n.end)
	}
	for _, e := range ends {
		slices.Sort(e)
	}
	for i := range notes {
		e := &ends[notes[i].pitch]
		notes[i].end, *e = (*e)[0], (*e)[1:]
	}
}

// quantize rounds notes to steps and sorts them.
func quantize(all []played, division int) []Note {
	step := int64(division) * StepMilliseconds * 1000
	round := func(t int64) int { return int((2*t + step) / (2 * step)) }
	notes := make([]Note, len(all))
	for i, n := range all {
		start := round(n.start)
		notes[i] = Note{Start: start, End: max(start+1, round(n.end)), Pitch: n.pitch, Velocity: n.velocity}
	}
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pitch, b.Pitch))
	})
	return notes
}
