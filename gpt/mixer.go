package gpt

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A site is a place where the operator stands beside those after the blocks: the input
// of a sublayer, queries, keys or values, or the embedding. It acts in place on some
// channels of every row, and the others pass.
type site struct {
	place  wavelet.Place
	name   string           // of the place, in those of tensors
	op     wavelet.Operator // all of its n channels act
	n      int
	starts []int // where its channels are in a row: one range of n, or two that move together
	before int   // channels of the row before those of the place: queries, keys and values are in one
	params span
}

// places are all but the one after a block, in the order of a forward pass, with their
// names in tensors.
var places = []struct {
	at   wavelet.Place
	name string
}{
	{wavelet.AtAttention, "attention."}, {wavelet.AtQuery, "query."}, {wavelet.AtKey, "key."}, {wavelet.AtValue, "value."}, {wavelet.AtMLP, "mlp."},
}

// newSite returns a site without its parameters.
func newSite(c Config, spec wavelet.Spec, at wavelet.Place, name string) site {
	width, heads := c.Row(at)
	n, starts := spec.Channels(at, width, heads)
	before := map[wavelet.Place]int{wavelet.AtKey: c.Width, wavelet.AtValue: c.Width + width}[at]
	for i := range starts {
		starts[i] += before
	}
	return site{place: at, name: name, op: spec.Acting(n, c.Context), n: n, starts: starts, before: before}
}

// sitesOf lists the sites of a block.
func sitesOf(c Config, spec wavelet.Spec, layer int) (sites []site) {
	for _, p := range places {
		if spec.Stands(p.at, layer, c.Layers) {
			sites = append(sites, newSite(c, spec, p.at, p.name))
		}
	}
	return sites
}

// mixerName is the name of the tensor with the operator's parameters after block i, or
// at another place of it.
func mixerName(i int, place string) string { return fmt.Sprintf("mixer.%d.%sweight", i, place) }

// embeddingMixerName is that of the operator after the embedding.
const embeddingMixerName = "mixer.embedding.weight"

// embeddingSite is the one after the embedding.
func embeddingSite(c Config, spec wavelet.Spec) site {
	return newSite(c, spec, wavelet.AtEmbedding, "embedding.")
}

// gather copies n channels from `from` on of T rows, stride apart, into to [T, n].
func gather(to, x []float32, from, n, stride, T int) {
	for t := range T {
		copy(to[t*n:(t+1)*n], x[t*stride+from:])
	}
}

// scatter is the way back.
func scatter(x, from []float32, to, n, stride, T int) {
	for t := range T {
		copy(x[t*stride+to:][:n], from[t*n:(t+1)*n])
	}
}

// sitesIn lists the sites of block i.
func (m *Model) sitesIn(i int) []site {
	if m.sites == nil {
		return nil
	}
	return m.sites[i]
}

// inputs are the mixed inputs of attention and MLP of block i, nil where no operator
// stands.
func (w *Workspace) inputs(i int) (in1, in2 []float32) {
	if w.placed == nil {
		return nil, nil
	}
	return w.placed[i].in1, w.placed[i].in2
}

// Embedding is the number, in place of that of a block, of the operator behind the
// embedding.
const Embedding = -1

// mixAt applies the operator at a place of block i, if it stands there.
func (w *Workspace) mixAt(i int, at wavelet.Place, x []float32, stride int) {
	sites := w.m.sitesIn(i)
	for j := range sites {
		if s := &sites[j]; s.place == at {
			w.mix(i, s, w.placed[i].kept[j], x, stride)
		}
	}
}

// mixGradientAt is the way back.
func (w *Workspace) mixGradientAt(i int, at wavelet.Place, d []float32, stride int, grad gradient) {
	sites := w.m.sitesIn(i)
	for j := range sites {
		if s := &sites[j]; s.place == at {
			w.mixGradient(s, w.placed[i].kept[j], d, stride, grad)
		}
	}
}

// mix applies the operator of a site of block i to x, rows that are stride apart. What
// the backward pass reads again is kept, for each range.
func (w *Workspace) mix(i int, s *site, kept [][]float32, x []float32, stride int) {
	for k, start := range s.starts {
		in := w.mixIn
		if len(kept) > 0 {
			in = kept[k]
		}
		gather(in, x, start, s.n, stride, w.T)
		s.op.Forward(w.mixOut, in, s.params.of(w.m.Params), w.T)
		w.bypassSite(i, s, in)
		scatter(x, w.mixOut, start, s.n, stride, w.T)
	}
}

// mixGradient replaces the gradient d of what mix computed by that of its input.
func (w *Workspace) mixGradient(s *site, kept [][]float32, d []float32, stride int, grad gradient) {
	for k, start := range s.starts {
		var x []float32
		if len(kept) > 0 {
			x = kept[k]
		}
		gather(w.mixIn, d, start, s.n, stride, w.T)
		s.op.Backward(w.mixOut, grad.of(s.params), w.mixIn, x, s.params.of(w.m.Params), w.T)
		scatter(d, w.mixOut, start, s.n, stride, w.T)
	}
}

// allocateSites allocates what the sites need.
func (w *Workspace) allocateSites(pool *kernel.Pool, T int) {
	m, widest := w.m, 0
	kept := func(s *site) (all [][]float32) {
		widest = max(widest, s.n)
		for range s.starts {
			if s.params.size > 0 {
				all = append(all, pool.Take(T*s.n))
			}
		}
		return all
	}
	if m.first != nil {
		w.kept = kept(m.first)
	}
	inputs := false
	if m.sites != nil {
		w.placed = make([]siteActivations, len(w.layers))
	}
	for i := range w.placed {
		a := &w.placed[i]
		for j := range m.sites[i] {
			s := &m.sites[i][j]
			a.kept = append(a.kept, kept(s))
			switch s.place {
			case wavelet.AtAttention:
				a.in1, inputs = pool.Take(T*m.Config.Width), true
			case wavelet.AtMLP:
				a.in2, inputs = pool.Take(T*m.Config.Width), true
			}
		}
	}
	if widest > 0 {
		w.mixIn, w.mixOut = pool.Take(T*widest), pool.Take(T*widest)
	}
	if inputs {
		w.dmix = pool.Take(T * m.Config.Width)
		if !m.preNorm {
			w.dres = pool.Take(T * m.Config.Width)
		}
	}
}

// bytes are those of what a site leads to.
func (s *site) bytes() int64 { return s.op.Bytes() + kernel.Bytes(s.starts) }

// flops are those of forward and backward over T tokens.
func (s *site) flops(T int) int64 { return 2 * int64(len(s.starts)) * s.op.FLOPs(T) }

// states are those of a stream, one for each range of channels.
func (s *site) states() (states []wavelet.State) {
	for range s.starts {
		states = append(states, s.op.NewState())
	}
	return states
}

// step applies the operator to the next row of a stream. y holds n values.
func (s *site) step(states []wavelet.State, row, y, params []float32) {
	for k, start := range s.starts {
		x := row[start : start+s.n]
		states[k].Step(y[:s.n], x, s.params.of(params))
		copy(x, y)
	}
}
