// Package kernel holds the float32 loops that training and decoding spend
// their time in, in tiers: plain Go, which is portable and the reference, and
// assembly for AVX2 and AVX-512, which package gen below writes. The processor
// decides which one runs, see [Tier]; every tier is held against the reference by
// one suite of tests. Results are equal to the bit within a tier, and depend
// neither on threads nor on the size of a cache.
//
// The doc comment of a kernel is the loop that it computes. Arrays are
// row-major; a name such as y [rows, n] gives the shape. Slices may be longer
// than their shape says, never shorter: that is a programming error and panics,
// before any assembly is reached.
//
// In the portable tier sums run in the order of the loop, and products are
// rounded before they are added (float32(a*b) + c), so that a compiler that
// fuses the two cannot change a bit between builds. The assembly fuses them and
// adds the lanes of a vector last.
package kernel
