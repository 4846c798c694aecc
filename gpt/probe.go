package gpt

// A Pass is a part of an operator that is switched to the identity: after a
// block, counted from 0, channels From to To-1 keep what the block gave.
type Pass struct{ Block, From, To int }

// Let makes the following calls of Forward leave out parts of the operators, to
// see what they are for; without arguments all stand again. Backward does not
// know of it.
func (w *Workspace) Let(passes ...Pass) { w.passes = passes }

// pass copies the channels that pass the operator after block i from its input x
// to its output y, both [T, width].
func (w *Workspace) pass(i int, y, x []float32) {
	width := w.m.Config.Width
	for _, p := range w.passes {
		if p.Block != i {
			continue
		}
		for row := 0; row < w.T*width; row += width {
			copy(y[row+p.From:row+p.To], x[row+p.From:row+p.To])
		}
	}
}
