// Package optim is the optimizer: AdamW as torch.optim.AdamW computes it,
// clipping by the global norm as torch.nn.utils.clip_grad_norm_, and
// learning-rate schedules.
//
// Parameters, gradients and moments are flat []float32 of one layout. Work on
// them is cut into pieces of fixed size, so that it can be spread over threads
// without changing a bit.
package optim
