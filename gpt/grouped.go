package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// Attention has keys and values for every head. Where a group of heads shares them
// (Ainslie et al., "GQA", 2023), they are copied to all heads of the group in front of
// it, and the gradients of the copies are added behind it.

// grouped reports whether heads share keys and values.
func (c Config) grouped() bool { return c.kvHeads() < c.Heads }

// kvHeads is the number of heads of keys and values.
func (c Config) kvHeads() int {
	if c.KVHeads == 0 {
		return c.Heads
	}
	return c.KVHeads
}

// qkvWidth is the number of channels of queries, keys and values in a row.
func (c Config) qkvWidth() int { return (c.Heads + 2*c.kvHeads()) * c.headSize() }

// spread copies T rows of qkv to wide [T, 3 width], in which every head has keys and
// values.
func (c Config) spread(wide, qkv []float32, T int) {
	E, size, stride := c.Width, c.headSize(), c.qkvWidth()
	for t := range T {
		from, to := qkv[t*stride:][:stride], wide[t*3*E:][:3*E]
		copy(to[:E], from)
		for h := range 2 * c.Heads { // those of keys, then of values
			copy(to[E+h*size:][:size], from[E+c.shared(h)*size:])
		}
	}
}

// spreadGradient is the way back: it sums over each group.
func (c Config) spreadGradient(dqkv, dwide []float32, T int) {
	E, size, stride := c.Width, c.headSize(), c.qkvWidth()
	for t := range T {
		from, to := dwide[t*3*E:][:3*E], dqkv[t*stride:][:stride]
		clear(to[copy(to, from[:E]):])
		for h := range 2 * c.Heads {
			kernel.Add(to[E+c.shared(h)*size:][:size], from[E+h*size:][:size])
		}
	}
}

// shared is the head of keys or values that head h, of keys or then of values, shares.
func (c Config) shared(h int) int { return h / (c.Heads / c.kvHeads()) }

// ofHeads returns queries, keys and values of every head.
func (w *Workspace) ofHeads(qkv []float32) []float32 {
	if w.wide == nil {
		return qkv
	}
	w.m.Config.spread(w.wide, qkv, w.T)
	return w.wide
}

// attentionGradient computes w.dqkv from w.datt.
func (w *Workspace) attentionGradient(a *activations) {
	c, d := w.m.Config, w.dqkv
	if w.wide != nil {
		d = w.dwide
	}
	kernel.AttentionGradient(d, w.datt, w.ofHeads(a.qkv), a.softmax, w.scratch, w.T, c.Heads, c.headSize())
	if w.wide != nil {
		c.spreadGradient(w.dqkv, d, w.T)
	}
}
