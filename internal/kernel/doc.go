// Package kernel holds the float32 loops that training and decoding spend
// their time in.
//
// This is the portable version: plain Go, and the reference that faster
// versions are checked against. The doc comment of a kernel is the loop that
// it computes. Arrays are row-major; a name such as y [rows, n] gives the
// shape. Slices may be longer than their shape says, never shorter (that is a
// programming error and panics).
//
// Sums run in the order of the loop, and products are rounded before they are
// added (float32(a*b) + c), so that a compiler that fuses the two cannot change
// a bit between builds.
package kernel
