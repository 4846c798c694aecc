package wavelet

// A link adds to the sums of the channels from..to-1 those `shift` positions earlier
// (minus: subtracts them) or, if input is set, the late input there. It begins with
// the first position at which some of the channels have such sums: their smallest
// delay, and shift.
type link struct {
	shift, delay int
	from, to     int
	input, minus bool
}

// links lists the additions for groups, in order. Step by step, neighbours that have
// the same addition to make share a link.
func links(groups []group) []link {
	var list []link
	for step, more := 0, true; more; step++ {
		more = false
		shared := false // whether the last link is of this step
		for _, g := range groups {
			own := additions(g)
			if step >= len(own) {
				continue
			}
			l := own[step]
			if last := len(list) - 1; shared && list[last].joins(l) {
				list[last].to = l.to
				list[last].delay = min(list[last].delay, l.delay)
			} else {
				list = append(list, l)
			}
			more, shared = true, true
		}
	}
	return list
}

// joins reports whether a link can be one with that of the next channels.
func (l link) joins(next link) bool {
	return l.to == next.from && l.shift == next.shift && l.input == next.input && l.minus == next.minus &&
		(!l.input || l.delay == next.delay)
}

// additions are the links of one group, in order: by the bits of the width behind the
// first.
func additions(g group) []link {
	var list []link
	add := func(shift int, input bool) {
		list = append(list, link{shift: shift, delay: g.delay, from: g.from, to: g.to, input: input})
	}
	for top, m := topBit(g.width), 1; top > 1; {
		top /= 2
		add(m, false)
		m *= 2
		if g.width&top != 0 {
			add(m, true)
			m++
		}
	}
	if g.detail && g.width > 1 {
		list[len(list)-1].minus = true
	}
	return list
}

// topBit is the largest power of two that is at most n.
func topBit(n int) int {
	top := 1
	for top*2 <= n {
		top *= 2
	}
	return top
}
