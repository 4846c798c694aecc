package rng

import "math/bits"

// Multipliers and key increments of Philox4x32 (Random123, philox.h).
const (
	multiplier0 = 0xD2511F53
	multiplier1 = 0xCD9E8D57
	weyl0       = 0x9E3779B9
	weyl1       = 0xBB67AE85
)

// philox returns the four words of Philox4x32-10 at a counter under a key. The words
// are variables rather than an array, which the compiler would keep in memory.
func philox(c0, c1, c2, c3, key0, key1 uint32) (w0, w1, w2, w3 uint32) {
	for range 10 {
		hi0, lo0 := bits.Mul32(multiplier0, c0)
		hi1, lo1 := bits.Mul32(multiplier1, c2)
		c0, c1, c2, c3 = hi1^c1^key0, lo1, hi0^c3^key1, lo0
		key0 += weyl0
		key1 += weyl1
	}
	return c0, c1, c2, c3
}
