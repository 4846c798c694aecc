package music

// Shorten ends notes that last longer than longest steps, but none before the
// step from, and returns their number. A model may strike a key and never
// release it.
func Shorten(notes []Note, longest, from int) (shortened int) {
	for i := range notes {
		n := &notes[i]
		if end := max(n.Start+longest, from); n.End > end {
			n.End = end
			shortened++
		}
	}
	return shortened
}
