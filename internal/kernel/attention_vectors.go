package kernel

import "math"

// gradientTiles tiles of queries are gathered in the backward pass, so that
// the products over queries are deep enough.
const gradientTiles = 2

// headLayout is how the vector tiers lay out one head in scratch.
type headLayout struct {
	v        *vectors
	T, size  int
	queries  int // rows of a strip
	strip    int // length of a row of scores: whole panels of keys, and a vector so that rows do not alias
	wide     int // vectors in a panel of channels
	channels int // columns of the panels of all channels, padded
}

func (v *vectors) layout(T, size int) headLayout {
	l := headLayout{v: v, T: T, size: size, queries: gradientTiles * v.rows[0], wide: 2}
	l.strip = (T+v.width()-1)/v.width()*v.width() + v.lanes
	if size <= v.lanes {
		l.wide = 1
	}
	width := l.wide * v.lanes
	l.channels = (size + width - 1) / width * width
	return l
}

// AttentionScratch is the length of the scratch of Attention and
// AttentionGradient.
func AttentionScratch(T, size int) int {
	if active == nil {
		return 2 * T
	}
	l := active.layout(T, size)
	// Transposes of keys and values, rows of keys, queries and gradients,
	// sums of the gradients of keys and values, two strips.
	return 2*l.strip*size + 3*T*l.channels + 2*T*size + 2*l.queries*l.strip
}

// arena hands out parts of scratch.
type arena []float32

func (a *arena) take(n int) []float32 {
	part := (*a)[:n:n]
	*a = (*a)[n:]
	return part
}

// attention is Attention for one head: its parts of the rows begin at the
// slices' starts.
//
// A tile of queries is multiplied with all keys up to its last query at once;
// the products run over whole panels, the softmax over what is causal.
func (v *vectors) attention(out, logsum, qkv, scratch []float32, T, heads, size int) {
	E := heads * size
	l := v.layout(T, size)
	a := arena(scratch)
	keys, values := a.take(l.strip*size), a.take(T*l.channels)
	s := a.take(v.rows[0] * l.strip)
	packRows(keys, qkv[E:], T, size, 3*E, v.width())
	packColumns(values, qkv[2*E:], T, size, 3*E, l.wide*v.lanes)
	factor := float32(1 / math.Sqrt(float64(size)))
	for t := 0; t < T; t += v.rows[0] {
		h := min(v.rows[0], T-t)
		n := t + h
		v.scores(s, l, qkv[t*3*E:], 3*E, keys, h, n)
		for r := range h {
			row := s[r*l.strip:][:n]
			seen := row[:t+r+1]
			top := factor * v.maximum(&seen[0], len(seen))
			sum := v.expSum(&seen[0], &seen[0], len(seen), factor, top)
			clear(row[t+r+1:])
			logsum[(t+r)*heads] = top + float32(math.Log(float64(sum)))
			s[r*l.strip+l.strip-1] = 1 / sum // the row's padding keeps it
		}
		v.overKeys(out[t*E:], E, l, s, values, h, n)
		for r := range h {
			v.scale(&out[(t+r)*E], size, s[r*l.strip+l.strip-1])
		}
	}
}

// scores computes the strip s of h rows x against the first n keys (or values).
func (v *vectors) scores(s []float32, l headLayout, x []float32, stride int, keys []float32, h, n int) {
	panels := (n + v.width() - 1) / v.width()
	v.tiles(2, s, l.strip, x, stride, 1, keys, v.width(), l.size*v.width(), nil, h, l.size, panels, v.width(), false)
}

// overKeys computes y = s x for h rows of a strip and the first n rows of
// packed channels x [T, size].
func (v *vectors) overKeys(y []float32, stride int, l headLayout, s, x []float32, h, n int) {
	width := l.wide * v.lanes
	for c := 0; c < l.size; c += width {
		v.tiles(l.wide, y[c:], stride, s, l.strip, 1, x[c*l.T:], width, 0, nil, h, n, 1, min(width, l.size-c), false)
	}
}

// overQueries adds to y [n, size] the product of the transpose of h rows of a
// strip and packed channels x [h, size], whose panels are l.T rows apart.
func (v *vectors) overQueries(y []float32, l headLayout, s, x []float32, h, n int) {
	width := l.wide * v.lanes
	for c := 0; c < l.size; c += width {
		v.tiles(l.wide, y[c:], l.size, s, 1, l.strip, x[c*l.T:], width, 0, nil, n, h, 1, min(width, l.size-c), true)
	}
}

// attentionGradient is AttentionGradient for one head.
func (v *vectors) attentionGradient(dqkv, dout, qkv, out, logsum, scratch []float32, T, heads, size int) {
	E := heads * size
	stride := 3 * E
	l := v.layout(T, size)
	a := arena(scratch)
	keys, values := a.take(l.strip*size), a.take(l.strip*size)
	q, k, do := a.take(T*l.channels), a.take(T*l.channels), a.take(T*l.channels)
	dk, dv := a.take(T*size), a.take(T*size)
	p, ds := a.take(l.queries*l.strip), a.take(l.queries*l.strip)
	packRows(keys, qkv[E:], T, size, stride, v.width())
	packRows(values, qkv[2*E:], T, size, stride, v.width())
	packColumns(q, qkv, T, size, stride, l.wide*v.lanes)
	packColumns(k, qkv[E:], T, size, stride, l.wide*v.lanes)
	packColumns(do, dout, T, size, E, l.wide*v.lanes)
	clear(dk)
	clear(dv)
	factor := float32(1 / math.Sqrt(float64(size)))
	for t := 0; t < T; t += l.queries {
		h := min(l.queries, T-t)
		n := t + h
		v.scores(p, l, qkv[t*stride:], stride, keys, h, n)
		v.scores(ds, l, dout[t*E:], E, values, h, n)
		for r := range h {
			seen := t + r + 1
			at := (t + r) * E
			product := v.dot(&dout[at], &out[at], size)
			v.softmaxGradient(&p[r*l.strip], &ds[r*l.strip], seen, factor, logsum[(t+r)*heads], product)
			clear(p[r*l.strip+seen : r*l.strip+n])
			clear(ds[r*l.strip+seen : r*l.strip+n])
		}
		v.overKeys(dqkv[t*stride:], stride, l, ds, k, h, n)
		width := l.wide * v.lanes
		v.overQueries(dk, l, ds, q[t*width:], h, n)
		v.overQueries(dv, l, p, do[t*width:], h, n)
	}
	for t := range T {
		copy(dqkv[t*stride+E:][:size], dk[t*size:])
		copy(dqkv[t*stride+2*E:][:size], dv[t*size:])
	}
}
