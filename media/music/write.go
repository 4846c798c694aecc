package music

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// melodic is the number of channels without percussion.
const melodic = 15

// Write writes notes, sorted by start, as a MIDI file, usually of one track on
// channel 1. Each of the notes of one pitch that overlap is on a channel of its
// own, without channel 10, or on one of a further track: so their ends cannot be
// mistaken for each other's.
func Write(w io.Writer, notes []Note) error {
	const ticks = 500 // per quarter; at 120 quarters per minute a tick is a millisecond
	voices := voices(notes)
	file := smf.New()
	file.TimeFormat = smf.MetricTicks(ticks)
	tracks := make([]smf.Track, 1)
	tracks[0] = smf.Track{{Message: smf.MetaTempo(120)}}
	now := []int{0} // steps, in each track
	each(notes, func(step, i int, on bool) {
		track, channel := voices[i]/melodic, channelOf(voices[i])
		for len(tracks) <= track {
			tracks, now = append(tracks, nil), append(now, 0)
		}
		message := midi.NoteOff(channel, notes[i].Pitch)
		if on {
			message = midi.NoteOn(channel, notes[i].Pitch, notes[i].Velocity)
		}
		delta := uint32(StepMilliseconds * (step - now[track]))
		tracks[track] = append(tracks[track], smf.Event{Delta: delta, Message: smf.Message(message)})
		now[track] = step
	})
	for _, track := range tracks {
		track.Close(0)
		if err := file.Add(track); err != nil {
			return fmt.Errorf("write MIDI: %w", err)
		}
	}
	_, err := file.WriteTo(w)
	return err
}

// voices numbers the notes so that two that sound together have different
// numbers if they have the same pitch. A note that is alone has 0.
func voices(notes []Note) []int {
	list := make([]int, len(notes))
	var free [128][]int // numbers below used
	var used [128]int
	each(notes, func(_, i int, on bool) {
		pitch := notes[i].Pitch
		f, u := &free[pitch], &used[pitch]
		switch {
		case !on:
			if *f = append(*f, list[i]); len(*f) == *u {
				*f, *u = (*f)[:0], 0
			}
		case len(*f) > 0:
			last := len(*f) - 1
			list[i], *f = (*f)[last], (*f)[:last]
		default:
			list[i] = *u
			*u++
		}
	})
	return list
}

// channelOf returns the index of a voice's channel, which is not that of
// percussion.
func channelOf(voice int) uint8 {
	channel := uint8(voice % melodic)
	if channel >= percussion {
		channel++
	}
	return channel
}

// each calls do for the start and the end of every note, by its index, in the
// order of their steps. In one step ends precede starts, and otherwise the order
// is that of notes, which are sorted by start.
func each(notes []Note, do func(step, note int, on bool)) {
	byEnd := make([]int, len(notes))
	for i := range byEnd {
		byEnd[i] = i
	}
	slices.SortStableFunc(byEnd, func(a, b int) int { return cmp.Compare(notes[a].End, notes[b].End) })
	for i, n := range notes {
		for len(byEnd) > 0 && notes[byEnd[0]].End <= n.Start {
			do(notes[byEnd[0]].End, byEnd[0], false)
			byEnd = byEnd[1:]
		}
		do(n.Start, i, true)
	}
	for _, i := range byEnd {
		do(notes[i].End, i, false)
	}
}
