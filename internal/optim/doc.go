// Package optim is the optimizers: AdamW as in torch.optim.AdamW, Muon as in
// torch.optim.Muon but in float32, clipping by the global norm as in
// torch.nn.utils.clip_grad_norm_, and learning-rate schedules.
//
// Parameters and gradients are flat []float32 with the same layout. The state of an
// optimizer has room for what it updates only: a [Range] or [Matrix] says where that
// is in both. Work is cut into pieces of fixed size, or into matrices, so that threads
// can share it without changing a bit of the result.
package optim
