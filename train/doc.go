// Package train is the training loop: steps, evaluations, metrics,
// checkpoints.
//
// A step computes every sequence by itself, several at a time. Gradients are
// added in a fixed number of lanes, sequence i of the step in lane i mod 8, each
// by one goroutine, and the lanes in a fixed tree, so that no bit depends on the number of threads or on which of them is
// faster. Data and dropout are drawn by (seed, step, sequence): nothing random
// is state, and a run that resumes goes on to the same bits.
package train
