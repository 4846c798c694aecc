// Package bench measures how fast this machine trains and decodes, also as a share
// of its peak.
//
// Measurements run in rounds, one sample of each per round, so that a slow minute
// of a shared machine affects all of them alike. A figure is the median of its
// samples, and its spread their interquartile range divided by the median. Only
// the peak is the best sample, because it is what the machine can do.
//
// Rates are float32 operations per second. A training step counts 6 operations
// per token and weight of a dense layer, and causal attention once; the operator
// counts in the time but not in the operations. A kernel counts the operations of
// the loop in its doc comment, with an exponential, a root and a division as one
// each.
package bench
