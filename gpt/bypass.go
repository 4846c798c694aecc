package gpt

// Bypassed is a part of an operator that is bypassed: channels From to To-1 of the
// output of a block (from 0) reach the next block unchanged.
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
