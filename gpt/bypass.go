package gpt

// Bypassed is a part of an operator that is bypassed: channels From to To-1 of the
// output of a block (from 0) reach the next block unchanged, and so do the same channels at
// every other place of the operator in that block.
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

// bypassSite copies the bypassed channels of a site of block i from its input x to
// w.mixOut. They are counted over the whole width.
func (w *Workspace) bypassSite(i int, s *site, x []float32) {
	width := w.m.Config.Width
	acts := w.m.spec.Acts(width)
	at := func(channel int) int { return max(channel-width+acts, 0) * s.n / acts }
	for _, p := range w.bypassed {
		if p.Block != i || p.To <= width-acts {
			continue
		}
		from, to := at(p.From), at(p.To)
		for row := 0; row < w.T*s.n; row += s.n {
			copy(w.mixOut[row+from:row+to], x[row+from:row+to])
		}
	}
}
