package gpt

import (
	"slices"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// Bypassed is a part of an operator that is bypassed in a block, from 0, or at the
// [Embedding]: channels From to To-1 are unchanged at the operator's first place, see [wavelet.Spec.WindowsAt], and so
// are they at every other place. Where other channels act there, those with the same
// windows are. In a single head, whose channels move in pairs, the other one of a pair is
// too.
type Bypassed struct{ Block, From, To int }

// Bypass makes later calls of Forward bypass parts of the operators, to measure
// what they contribute; without arguments none is bypassed. Backward ignores it.
func (w *Workspace) Bypass(parts ...Bypassed) { w.bypassed = parts }

// copyBypassed copies the bypassed channels of the operator after block i from its
// input x to its output y, both [T, width].
func (w *Workspace) copyBypassed(i int, y, x []float32) {
	width := w.m.Config.Width
	for _, p := range w.bypassed {
		if p.Block != i {
			continue
		}
		for row := 0; row < w.T*width; row += width {
			copy(y[row+p.From:row+p.To], x[row+p.From:row+p.To])
		}
	}
}

// bypassSite copies what is bypassed of one range of channels of a site of block i from
// its input x to w.mixOut.
func (w *Workspace) bypassSite(i int, s *site, x []float32) {
	if len(w.bypassed) == 0 {
		return
	}
	spec, c := w.m.spec, w.m.Config
	windows := func(at wavelet.Place) []int {
		width, heads := c.Row(at)
		return spec.WindowsAt(at, width, heads, c.Context)
	}
	first, own := windows(spec.At), windows(s.place)
	same := slices.Equal(own, first)
	start := s.starts[0] - s.before
	for channel := start; channel < start+s.n; channel++ {
		if !slices.ContainsFunc(w.bypassed, func(p Bypassed) bool {
			if same {
				return p.Block == i && p.From <= channel && channel < p.To
			}
			return p.Block == i && slices.Contains(first[p.From:p.To], own[channel])
		}) {
			continue
		}
		for at := channel - start; at < w.T*s.n; at += s.n {
			w.mixOut[at] = x[at]
		}
	}
}
