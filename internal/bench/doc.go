// Package bench measures how fast this machine trains and decodes, and what of
// its peak that is.
//
// Everything is measured in rounds, one sample of each thing a round, so that a
// slow minute of a shared machine falls on all of them. A figure is the median
// of its samples; its spread is the distance between their quartiles, as a part
// of the median. The peak alone is the best sample: it is what the machine can
// do.
//
// Rates are float32 operations a second. A training step has 6 for every weight
// of a dense layer and token, and causal attention counted once; what the
// operator costs is in its time and not in its operations. The operations of
// kernels are those of the loops in their doc comments, with an exponential, a
// root and a division as one each.
package bench
