// Package kernel holds the float32 loops in which training and decoding spend their
// time.
//
// There are several tiers of them: portable Go, which is the reference, and
// assembly for AVX2 and AVX-512, which the generator in gen writes. The processor
// decides which tier runs, see [Tier]. One suite of tests checks every tier against
// the reference. Within a tier, results are equal to the bit; they depend neither
// on threads nor on cache sizes.
//
// The doc comment of a kernel is the loop that it computes. Arrays are row-major; a
// name such as y [rows, n] gives the shape. A slice may be longer than its shape. A
// shorter one is a programming error and panics before any assembly runs.
//
// The exponentials of a softmax, in attention and in the losses, are at least 2^-64. Float32
// cannot tell that from less beside the largest, which is 1, and no product of them is
// subnormal: many processors compute subnormal numbers a hundred times as slowly.
//
// In the portable tier, sums run in the order of the loop, and products are rounded
// before they are added (float32(a*b) + c), so that a compiler that fuses the two
// cannot change a bit. The assembly fuses them, and adds the lanes of a vector last.
package kernel
