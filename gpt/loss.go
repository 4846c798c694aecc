package gpt

import "github.com/waveletgpt/waveletgpt/internal/kernel"

// Logits computes the logits [T, vocabulary] of the next token after each of 1 to
// Config.Context tokens, without dropout. They are valid until the next call.
func (w *Workspace) Logits(tokens []uint16) []float32 {
	w.Forward(tokens, nil)
	logits := w.logits[:w.T*w.m.Config.Vocabulary]
	w.m.capLogits(logits)
	return logits
}

// capLogits caps what the head computes, in a family that has a cap. Losses have it in
// their own kernels.
func (m *Model) capLogits(logits []float32) {
	if limit := m.family.softCap; limit > 0 {
		kernel.SoftCap(logits, logits, limit)
	}
}

// Loss returns the cross-entropy of each target in nats. Call it once after Forward.
func (w *Workspace) Loss(targets []uint16) []float32 {
	V := w.m.Config.Vocabulary
	if limit := w.m.family.softCap; limit > 0 {
		kernel.CappedCrossEntropy(w.losses, w.logits, targets, limit, w.T, V)
	} else {
		kernel.CrossEntropy(w.losses, w.logits, targets, w.T, V)
	}
	return w.losses[:w.T]
}

// lossGradient replaces what Loss left in w.logits by the gradient of the head's output.
func (w *Workspace) lossGradient(targets []uint16, scale float32) {
	V := w.m.Config.Vocabulary
	if limit := w.m.family.softCap; limit > 0 {
		kernel.CappedCrossEntropyGradient(w.logits, w.losses, targets, limit, scale, w.T, V)
	} else {
		kernel.CrossEntropyGradient(w.logits, targets, scale, w.T, V)
	}
}
