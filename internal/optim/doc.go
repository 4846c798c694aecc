// Package optim is the optimizer: AdamW as in torch.optim.AdamW, clipping by the
// global norm as in torch.nn.utils.clip_grad_norm_, and learning-rate schedules.
//
// Parameters, gradients and moments are flat []float32 with the same layout. Work
// on them is cut into pieces of fixed size, so that threads can share it without
// changing a bit of the result.
package optim
