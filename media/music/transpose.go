package music

// Room returns how many semitones events can be transposed down and up so that
// all pitches stay on the 88 keys of a piano, 21 to 108, as in the training of
// Music Transformer. If a pitch is already outside, both are 0. Each is at most
// an octave, 12.
func (c Performance) Room(ids []uint16) (down, up int) {
	lowest, count := c.pitches()
	down, up = 12, 12
	for _, id := range ids {
		if int(id) >= 2*count {
			continue
		}
		pitch := lowest + int(id)%count
		if pitch < lowestKey || pitch > highestKey {
			return 0, 0
		}
		down, up = min(down, pitch-lowestKey), min(up, highestKey-pitch)
	}
	return down, up
}

// Transpose transposes events in place by semitones, from -down to up of Room.
func (c Performance) Transpose(ids []uint16, semitones int) {
	_, count := c.pitches()
	for i, id := range ids {
		if int(id) < 2*count {
			ids[i] = uint16(int(id) + semitones)
		}
	}
}
