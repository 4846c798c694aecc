package wavelet

// meansState keeps the last inputs of channels that are late and, for each link, the
// rows that it will read again: a ring of `shift` rows of the sums (or late inputs)
// before the link.
type meansState struct {
	o     *means
	t     int
	input []float32   // the late input, if a link reads it
	late  [][]float32 // a ring for each span
	links [][]float32
}

func (o *means) NewState() State {
	s := &meansState{o: o, late: make([][]float32, len(o.late)), links: make([][]float32, len(o.links))}
	for _, l := range o.links {
		if l.input {
			s.input = make([]float32, o.width)
		}
	}
	return s
}

func (s *meansState) Step(y, x, _ []float32) {
	o := s.o
	copy(y[:o.width], x)
	for i, l := range o.late {
		if l.delay > 0 {
			row := ringRow(&s.late[i], s.t%l.delay, l.to-l.from)
			exchange(row, y[l.from:l.to], s.t >= l.delay)
		}
	}
	copy(s.input, y)
	for i, l := range o.links {
		slot := ringRow(&s.links[i], s.t%l.shift, l.to-l.from)
		to, from := y[l.from:l.to], y[l.from:l.to]
		if l.input {
			from = s.input[l.from:l.to]
		}
		from = from[:len(slot)]
		to = to[:len(slot)]
		switch {
		case s.t < l.delay+l.shift: // adding zeros would turn -0 into +0
			copy(slot, from)
		case l.minus:
			for c, earlier := range slot {
				slot[c] = from[c]
				to[c] -= earlier
			}
		default:
			for c, earlier := range slot {
				slot[c] = from[c]
				to[c] += earlier
			}
		}
	}
	if s.t < o.whole {
		o.divide(y, s.t, true)
	} else {
		o.divideWhole(y, 0, 1)
	}
	s.t++
}

func (s *meansState) Reset() { s.t = 0 }

// ringRow returns row i of a ring of rows of n values. The ring grows if it has
// only i rows.
func ringRow(ring *[]float32, i, n int) []float32 {
	if i*n == len(*ring) {
		*ring = append(*ring, make([]float32, n)...)
	}
	return (*ring)[i*n:][:n]
}

// exchange swaps y with a row of a ring; y becomes zero if the row is not full yet.
func exchange(row, y []float32, full bool) {
	for i, v := range y {
		y[i] = 0
		if full {
			y[i] = row[i]
		}
		row[i] = v
	}
}
