// Package rng provides random numbers that are a pure function of their place:
// (seed, purpose, step, index). There is no state to store or replay, so a resumed
// run, another thread or another machine computes any number directly.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random
// Numbers: As Easy as 1, 2, 3", SC 2011). It is checked against the known-answer
// vectors of its reference implementation, Random123.
package rng
