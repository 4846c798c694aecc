package kernel

import "math"

// headLayout is how the vector tiers arrange one head in scratch.
//
// The scores of one panel of queries are computed together, with a key in each row
// and a query in each column. The sums of the softmax are then sums of vectors, and
// the same products serve values and gradients.
type headLayout struct {
	v        *vectors
	T, size  int
	queries  int // columns of a panel of scores
	wide     int // vectors in a panel of channels
	channels int // columns of the panels of all channels, padded
}

func (v *vectors) layout(T, size int) headLayout {
	l := headLayout{v: v, T: T, size: size, queries: v.width(), wide: 2}
	if size <= v.lanes {
		l.wide = 1
	}
	l.channels = (size + l.width() - 1) / l.width() * l.width()
	return l
}

// width is the columns of a panel of channels.
func (l headLayout) width() int { return l.wide * l.v.lanes }

// AttentionScratch is the length of the scratch of Attention and
// AttentionGradient.
func AttentionScratch(T, size int) int {
	if active == nil {
		return 2 * T
	}
	l := active.layout(T, size)
	// For all positions: keys and values with their gradients, and panels of
	// queries and of gradients. For one panel of queries: queries and gradients,
	// transposed; scores and their gradients; the sums of the softmax.
	return 4*T*size + 2*T*l.channels + (2*size+2*T+2)*l.queries
}

// arena is scratch that is handed out in parts.
type arena []float32

func (a *arena) take(n int) []float32 {
	part := (*a)[:n:n]
	*a = (*a)[n:]
	return part
}

// attention is Attention for one head. The head's part of a row begins at the start
// of each slice; stats holds only this head.
func (v *vectors) attention(out, stats, qkv, scratch []float32, T, heads, size int) {
	E := heads * size
	l := v.layout(T, size)
	w := l.queries
	a := arena(scratch)
	keys, values := a.take(T*size), a.take(T*size)
	q, s, y := a.take(size*w), a.take(T*w), a.take(size*w)
	top, inverse := a.take(w), a.take(w)
	v.copyColumns(keys, qkv[E:], T, size, size, 3*E)
	v.copyColumns(values, qkv[2*E:], T, size, size, 3*E)
	factor := float32(1 / math.Sqrt(float64(size)))
	for t := 0; t < T; t += w {
		h := min(w, T-t)
		n := t + h
		packRows(q, qkv[t*3*E:], h, size, 3*E, w)
		l.scores(s, keys, q, n)
		v.add(&s[t*w], &v.future[0], h*w)
		v.softmaxColumns(&s[0], &top[0], &inverse[0], n, factor)
		v.multiply(&s[t*w], &v.past[0], h*w)
		for i, sum := range inverse {
			inverse[i] = 1 / sum
		}
		copy(stats[t:], top[:h])
		copy(stats[T+t:], inverse[:h])
		l.overKeys(y, values, s, n)
		v.scaleRows(&y[0], &y[0], &inverse[0], size, w, 4*w)
		transpose(out[t*E:], y, size, h, E, w)
	}
}

// scores computes the panel s of the products of the first n keys (or values)
// and a panel x of transposed queries (or gradients).
func (l headLayout) scores(s, keys, x []float32, n int) {
	w := l.queries
	l.v.multiplyTiles(&product{
		c: s, cRow: w, a: keys, aRow: l.size, aDepth: 1, b: x, bDepth: w,
		rows: n, depth: l.size, panels: 1, wide: 2, last: w,
	})
}

// overKeys computes the panel y [size] of the products of the first n rows of x
// and a panel s of scores: y[c,i] = sum_j x[j,c] s[j,i].
func (l headLayout) overKeys(y, x, s []float32, n int) {
	w := l.queries
	l.v.multiplyTiles(&product{
		c: y, cRow: w, a: x, aRow: 1, aDepth: l.size, b: s, bDepth: w,
		rows: l.size, depth: n, panels: 1, wide: 2, last: w,
	})
}

// overQueries adds to the first n rows of y [T, size] the products of a panel s
// and h rows of packed channels x: y[j,c] += sum_i s[j,i] x[i,c].
func (l headLayout) overQueries(y, s, x []float32, n, h int) {
	width := l.width()
	p := product{
		cRow: l.size, a: s, aRow: l.queries, aDepth: 1, bDepth: width,
		rows: n, depth: h, panels: 1, wide: l.wide, add: true,
	}
	for c := 0; c < l.size; c += width {
		p.c, p.b, p.last = y[c:], x[c*l.T:], min(width, l.size-c)
		l.v.multiplyTiles(&p)
	}
}

// attentionGradient is AttentionGradient for one head.
func (v *vectors) attentionGradient(dqkv, dout, qkv, stats, scratch []float32, T, heads, size int) {
	E := heads * size
	stride := 3 * E
	l := v.layout(T, size)
	w, width := l.queries, l.width()
	a := arena(scratch)
	keys, values, dk, dv := a.take(T*size), a.take(T*size), a.take(T*size), a.take(T*size)
	q, do := a.take(T*l.channels), a.take(T*l.channels)
	x, dx := a.take(size*w), a.take(size*w)
	p, ds := a.take(T*w), a.take(T*w)
	top, inverse := a.take(w), a.take(w)
	v.copyColumns(keys, qkv[E:], T, size, size, stride)
	v.copyColumns(values, qkv[2*E:], T, size, size, stride)
	packColumns(q, qkv, T, size, stride, width)
	packColumns(do, dout, T, size, E, width)
	clear(dk)
	clear(dv)
	factor := float32(1 / math.Sqrt(float64(size)))
	for t := 0; t < T; t += w {
		h := min(w, T-t)
		n := t + h
		packRows(x, qkv[t*stride:], h, size, stride, w)
		packRows(dx, dout[t*E:], h, size, E, w)
		l.scores(p, keys, x, n)
		l.scores(ds, values, dx, n)
		copy(top, stats[t:n])
		copy(inverse, stats[T+t:T+n])
		v.add(&p[t*w], &v.future[0], h*w)
		dot := dx[:w] // which nothing reads after the scores
		clear(dot)
		if t > 0 {
			v.softmaxGradientSums(&p[0], &ds[0], &top[0], &inverse[0], &dot[0], t, factor)
		}
		v.softmaxGradientMasked(&p[t*w], &ds[t*w], &v.past[0], &top[0], &inverse[0], &dot[0], h, factor)
		v.softmaxGradient(&p[0], &ds[0], &dot[0], n, factor)
		l.overKeys(x, keys, ds, n)
		transpose(dqkv[t*stride:], x, size, h, stride, w)
		l.overQueries(dk, ds, q[t*width:], n, h)
		l.overQueries(dv, p, do[t*width:], n, h)
	}
	v.copyColumns(dqkv[E:], dk, T, size, stride, size)
	v.copyColumns(dqkv[2*E:], dv, T, size, stride, size)
}

// triangles returns two masks for the scores of n keys and n queries, which keep
// queries from seeing later keys: future is added to the scores, and past is
// multiplied with their softmax.
func triangles(n int) (future, past []float32) {
	future, past = make([]float32, n*n), make([]float32, n*n)
	for j := range n {
		for i := range n {
			if i < j {
				future[j*n+i] = float32(math.Inf(-1))
			} else {
				past[j*n+i] = 1
			}
		}
	}
	return future, past
}
