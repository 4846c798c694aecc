package music

import (
	"cmp"
	"fmt"
	"slices"
)

// maxHours is the maximum playing time of a file. Silence is encoded too, and a
// few bytes can claim years of it.
const maxHours = 24

// sounding is the end of a note that has not ended.
const sounding = -1

// played is a note with its exact times: microseconds times the ticks per
// quarter, so that every tick is a whole number.
type played struct {
	start, end      int64
	pitch, velocity uint8
}

// key identifies a key of the instrument, for rule 3.
type key struct {
	track          uint16
	channel, pitch uint8
}

// player applies rules 3 to 5. A note enters and leaves each list once, so the
// time is linear in the size of the file.
type player struct {
	notes  []played
	down   map[key][]int  // indices of notes, oldest first; rule 4 may have ended some
	pedal  [16]bool       // by channel
	held   [16][]int      // released, but sustained by the pedal
	onsets [16][128][]int // since the last onset under the pedal, by channel and pitch
}

// play returns the notes of events in the order of their onsets.
func play(events []event, division int) ([]played, error) {
	p := player{down: map[key][]int{}}
	var now, tick, last int64
	limit := int64(division) * maxHours * 3600 * 1e6
	quarter := int64(500_000) // microseconds: 120 per minute is the default
	for _, e := range events {
		if e.tick-tick > (limit-now)/quarter {
			return nil, fmt.Errorf("tick %d is more than %d hours after the start; the file is damaged, or must be cut into pieces", e.tick, maxHours)
		}
		now += (e.tick - tick) * quarter
		tick = e.tick
		switch e.kind {
		case tempo:
			quarter = int64(e.tempo)
			continue
		case pedal:
			p.press(e.channel, e.value >= 64, now)
		case keyDown:
			p.strike(e, now)
		case keyUp:
			p.release(e, now)
		}
		last = now
	}
	for i := range p.notes {
		p.end(i, last)
	}
	orderEnds(p.notes)
	return p.notes, nil
}

// end ends a note unless it has ended.
func (p *player) end(note int, now int64) {
	if p.notes[note].end == sounding {
		p.notes[note].end = now
	}
}

func (p *player) press(channel uint8, down bool, now int64) {
	p.pedal[channel] = down
	if down {
		return
	}
	for _, note := range p.held[channel] {
		p.end(note, now)
	}
	p.held[channel] = p.held[channel][:0]
}

func (p *player) strike(e event, now int64) {
	same := &p.onsets[e.channel][e.key]
	if p.pedal[e.channel] {
		for _, note := range *same {
			p.end(note, now)
		}
		*same = (*same)[:0]
	}
	k := key{e.track, e.channel, e.key}
	p.down[k] = append(p.down[k], len(p.notes))
	*same = append(*same, len(p.notes))
	p.notes = append(p.notes, played{start: now, end: sounding, pitch: e.key, velocity: e.value})
}

func (p *player) release(e event, now int64) {
	k := key{e.track, e.channel, e.key}
	down := p.down[k]
	if len(down) == 0 {
		return
	}
	p.down[k] = down[1:]
	if p.pedal[e.channel] {
		p.held[e.channel] = append(p.held[e.channel], down[0])
	} else {
		p.end(down[0], now)
	}
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
