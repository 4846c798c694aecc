package wavelet

import "math/bits"

// A group are the channels from..to-1, which become means of `width` positions that
// end `delay` positions before the present one. detail: the mean over the newer half
// of those positions minus the mean over all, where width is above 1.
type group struct {
	from, to     int
	width, delay int
	detail       bool
}

// groups divides n acting channels, from 0, into groups that all differ from their
// neighbours. Only operators of fixed means have them.
func (s Spec) groups(n, context int) []group {
	var list []group
	add := func(width, delay, channels int) {
		if channels == 0 {
			return
		}
		g := group{to: channels, width: width, delay: delay, detail: s.Detail}
		if last := len(list) - 1; last >= 0 {
			g.from = list[last].to
			g.to += g.from
			if list[last].width == width && list[last].delay == delay {
				list[last].to = g.to
				return
			}
		}
		list = append(list, g)
	}
	// A delay of the whole context would leave only zeros, and so would a window
	// that begins before it.
	past := max(1, bits.Len(uint(context))-1)
	switch s.Kind {
	case Haar, Window:
		for _, w := range s.windows(n, context) {
			add(w, s.Delay, 1)
		}
	case Shift:
		add(1, 1, n)
	case Taps:
		for i := range n {
			add(1, 1<<s.level(i, n, past), 1)
		}
	case Dyadic:
		for i := range n {
			add(1<<s.level(i, n, past), 1<<s.level(i, n, past), 1)
		}
	case Windows:
		p, _ := parsePattern(s.Pattern) // Parse has taken it
		for i, channels := range p.counts(n) {
			width := p[i].width
			if width == 0 {
				width = context
			}
			add(width, p[i].delay, channels)
		}
	}
	return list
}

// windows returns the window of each of n acting channels, never descending.
func (s Spec) windows(n, context int) []int {
	// floor(log2 L), plus one if the smallest window is one position. (The paper
	// has L_k = floor(log2 L) + 1; a reviewer read it as L_k = log2 L.)
	levels := bits.Len(uint(context)) - (s.Min - 1)
	f := make([]int, n)
	for i := range f {
		if s.Size != 0 {
			f[i] = s.Size
		} else {
			f[i] = s.Min << s.level(i, n, levels)
		}
	}
	return f
}

// level returns the level, below `levels`, of channel i of the n channels that the
// operator changes.
func (s Spec) level(i, n, levels int) int {
	if s.Share == ShareHalving {
		return min(max(1, levels), bits.Len(uint(n/(n-i)))) - 1
	}
	return levels * i / n
}

// levels divides n acting channels, from 0, into those that share one gate: groups or
// channels with equal windows, and all channels of an exponential average.
func (s Spec) levels(n, context int) []Level {
	switch s.Kind {
	case EMA:
		return Levels(make([]int, n))
	case Learned, Conv, Scale:
		return Levels(s.windows(n, context))
	}
	var list []Level
	for _, g := range s.groups(n, context) {
		list = append(list, Level{Window: g.width + g.delay, From: g.from, To: g.to})
	}
	return list
}

// factors returns a for each of n channels that an exponential average changes.
func (s Spec) factors(n, context int) []float64 {
	a := make([]float64, n)
	if s.Rule == RuleLinear {
		for i := range a {
			a[i] = float64(i) / float64(len(a))
		}
		return a
	}
	for i, window := range s.windows(n, context) {
		w := float64(window)
		a[i] = (w - 1) / (w + 1)
	}
	return a
}
