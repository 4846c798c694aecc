package wavelet

import "math"

// definition computes operators by their defining sums, in float64, and shares no code
// with them.
type definition struct {
	Spec
	E, L, n int
	// kernel gives the learned weight of channel i at delay j.
	kernel func(j, i int) float32
	levels []float32 // the gates of mix=gate, or the parameters of scale
}

// means returns the window and the delay of the acting channel c, from 0, and says
// whether windows are what the operator has.
func (d *definition) means(c int) (window, delay int) {
	full := int(math.Floor(math.Log2(float64(d.L)))) // 2^full is at most L
	switch d.Kind {
	case Shift:
		return 1, 1
	case Window, Conv:
		return d.Size, d.Delay
	case Taps:
		return 1, 1 << d.level(c, max(full, 1))
	case Dyadic:
		levels := 1
		for 1<<(levels+1)-1 < d.L { // the first lag of the next level, doubled, less one
			levels++
		}
		k := d.level(c, levels)
		return 1 << k, 1 << k
	case Windows:
		groups, _ := parsePattern(d.Pattern)
		for _, g := range groups {
			if c -= d.quota(groups, g); c < 0 {
				if g.width == 0 {
					g.width = d.L
				}
				return g.width, g.delay
			}
		}
	}
	if d.Min == 1 {
		full++
	}
	return max(d.Min, 1) << d.level(c, full), d.Delay
}

// level returns the level of the acting channel c.
func (d *definition) level(c, levels int) int {
	if d.Share != ShareHalving {
		return int(math.Floor(float64(levels) * float64(c) / float64(d.n)))
	}
	// The first half of the channels, half of the rest, ...
	level := 0
	for rest := float64(d.n) / 2; float64(d.n-c) <= rest && level < levels-1; rest /= 2 {
		level++
	}
	return level
}

// quota is the number of channels of a group: how many of the channels, given one by
// one to the group that has least of its share beyond whole ones, it gets. Groups that
// are equal share a quota, so the pattern of a test has none twice.
func (d *definition) quota(groups pattern, of patternGroup) int {
	total, left := 0, d.n
	for _, g := range groups {
		total += g.share
	}
	counts := map[patternGroup]int{}
	for _, g := range groups {
		counts[g] = d.n * g.share / total
		left -= counts[g]
	}
	for ; left > 0; left-- {
		most := groups[0]
		for _, g := range groups {
			if d.n*g.share-counts[g]*total > d.n*most.share-counts[most]*total {
				most = g
			}
		}
		counts[most]++
	}
	return counts[of]
}

// of computes y [T, E].
func (d *definition) of(x []float32, T int) []float64 {
	y := make([]float64, T*d.E)
	first, level := d.E-d.n, -1
	for i := range d.E {
		if c := i - first; d.Kind != None && c >= 0 {
			window, delay := d.means(c)
			if before, late := d.means(max(c-1, 0)); c == 0 || d.Kind != EMA && (before != window || late != delay) {
				level++
			}
		}
		for t := range T {
			at := func(t int) float64 {
				if t < 0 {
					return 0
				}
				return float64(x[t*d.E+i])
			}
			v := at(t)
			if d.Kind != None && i >= first {
				switch d.Mix {
				case MixAdd:
					v += d.operator(at, t, i)
				case MixGate:
					v += float64(d.levels[level]) * (d.operator(at, t, i) - v)
				case MixReplace:
					v = d.operator(at, t, i)
				default:
					v *= 1 + float64(d.levels[level])
				}
			}
			y[t*d.E+i] = v
		}
	}
	return y
}

// operator is the output at position t of the acting channel i with values at(t), before
// it is mixed.
func (d *definition) operator(at func(t int) float64, t, i int) (y float64) {
	c := i - (d.E - d.n)
	window, delay := d.means(c)
	if d.Kind == EMA {
		a := float64(c) / float64(d.n)
		if d.Rule == RuleMatched {
			a = float64(window-1) / float64(window+1)
		}
		for j := range t + 1 {
			y += (1 - a) * math.Pow(a, float64(j)) * at(t-j)
		}
		return y
	}
	seen := max(0, t+1-delay)
	mean := func(window int) (y float64) {
		for j := range min(window, seen) {
			weight := 1 / float64(window)
			switch {
			case d.Kind == Learned || d.Kind == Conv:
				weight = float64(d.kernel(j, i))
			case d.Prefix == PrefixCount:
				weight = 1 / float64(min(seen, window))
			}
			y += weight * at(t-delay-j)
		}
		return y
	}
	if d.Detail && window > 1 {
		return mean(window/2) - mean(window)
	}
	return mean(window)
}
