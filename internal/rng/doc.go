// Package rng gives random numbers that are a pure function of their place:
// (seed, purpose, step, index). Nothing is stored and nothing is replayed, so a
// resumed run, another thread or another machine reaches any number directly.
//
// The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
// Random Numbers: As Easy as 1, 2, 3" (SC 2011), checked against the
// known-answer vectors of its reference implementation, Random123.
package rng
