package kernel

import "math"

// A Cache holds the keys and values of one stream in one layer. Those of each head
// are contiguous, because that is how attention from one query reads them. It grows
// with the number of positions.
type Cache struct {
	size  int
	width int // keys in a panel; 1 in the portable tier
	n     int
	heads []headCache
}

type headCache struct {
	keys   []float32 // panels [size, width]
	values []float32 // rows [size]
}

// NewCache returns an empty cache for the tier in use.
func NewCache(heads, size int) *Cache {
	c := &Cache{size: size, width: 1, heads: make([]headCache, heads)}
	if active != nil {
		c.width = active.width()
	}
	return c
}

// Reset forgets all positions.
func (c *Cache) Reset() {
	c.n = 0
	for i := range c.heads {
		h := &c.heads[i]
		h.keys, h.values = h.keys[:0], h.values[:0]
	}
}

// Append adds a position: its keys [heads, size], followed by its values.
func (c *Cache) Append(kv []float32) {
	panel, at := c.n/c.width*c.size*c.width, c.n%c.width
	for i := range c.heads {
		h := &c.heads[i]
		keys, values := kv[i*c.size:][:c.size], kv[(len(c.heads)+i)*c.size:][:c.size]
		h.values = append(h.values, values...)
		if at == 0 {
			h.keys = append(h.keys, make([]float32, c.size*c.width)...)
		}
		for d, k := range keys {
			h.keys[panel+d*c.width+at] = k
		}
	}
	c.n++
}

// CacheScratch is the length of Attend's scratch for n positions.
func CacheScratch(n int) int { return n + panelWidth() }

// Attend attends from one query to all n positions. For every head, with q and
// out [heads, size],
//
//	s[j] = q . k[j] / sqrt(size)
//	out  = sum_j exp(s[j]) v[j] / sum_j exp(s[j])
//
// scratch holds CacheScratch(n) values.
func (c *Cache) Attend(out, q, scratch []float32) {
	factor := float32(1 / math.Sqrt(float64(c.size)))
	s := scratch[:c.n]
	for i := range c.heads {
		h := &c.heads[i]
		at := i * c.size
		query, to := q[at:at+c.size], out[at:at+c.size]
		if active == nil {
			scores(s, query, h.keys, c.size)
		} else {
			panels := (c.n + c.width - 1) / c.width
			active.multiplyTiles(&product{
				c: scratch, a: query, aDepth: 1, b: h.keys, bDepth: c.width, bPanel: c.size * c.width,
				rows: 1, depth: c.size, panels: panels, wide: 2, last: c.width,
			})
		}
		top := factor * maximum(s)
		sum := expSum(s, factor, top)
		if active == nil {
			weightedSum(to, s, h.values, c.size)
		} else {
			_ = h.values[c.n*c.size-1]
			active.weightedSum(&to[0], &s[0], &h.values[0], c.n, c.size, 4*c.size)
		}
		scale(to, 1/sum)
	}
}
