package wavelet

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// divideWhole turns sums into means, for the rows from..T-1, in which every channel is
// divided by its full window.
func (o *means) divideWhole(y []float32, from, T int) {
	if from < T && o.first < o.last {
		first, last := o.groups[o.first].from, o.groups[o.last-1].to
		at := from*o.width + first
		kernel.ScaleRows(y[at:], y[at:], o.scale[first:last], T-from, o.width)
	}
}

// divide turns the sums of the row of position t into means. late: the sums have the
// groups' delays.
func (o *means) divide(y []float32, t int, late bool) {
	for i := o.first; i < o.last; i++ {
		g := &o.groups[i]
		seen := t + 1
		if late {
			seen -= g.delay
		}
		factor := o.factor(g, seen)
		sums := y[g.from:g.to]
		for c := range sums {
			sums[c] *= factor
		}
	}
}

// factor is what a sum of a group is multiplied by when `seen` positions are there.
func (o *means) factor(g *group, seen int) float32 {
	if o.inv != nil && 0 < seen && seen < g.width {
		return o.inv[seen]
	}
	return o.scale[g.from]
}

// addDivided adds to the first rows of dx what a link of the input has added to later
// ones of y.
func (o *means) addDivided(dx, dy []float32, l link, rows int) {
	for i := range o.groups {
		g := &o.groups[i]
		if g.from < l.from || g.to > l.to {
			continue
		}
		for t := range rows {
			factor := o.factor(g, t+l.shift+1)
			to := dx[t*o.width+g.from : t*o.width+g.to]
			for i, v := range dy[(t+l.delay+l.shift)*o.width+g.from:][:len(to)] {
				to[i] += float32(v * factor)
			}
		}
	}
}
