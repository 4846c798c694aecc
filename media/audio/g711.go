package audio

// muLaw16 expands a byte of G.711 mu-law to 16 bits (ITU-T G.191, ulaw_expand).
// The byte is a sign, three bits of exponent and four of mantissa, all
// inverted. This is not the code of [MuLaw].
func muLaw16(b byte) int16 {
	b = ^b
	magnitude := (int16(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

// aLaw16 expands a byte of G.711 A-law to 16 bits (ITU-T G.191, alaw_expand).
func aLaw16(b byte) int16 {
	b ^= 0x55
	magnitude := int16(b&0x0f)<<4 + 8
	if exponent := b >> 4 & 7; exponent > 0 {
		magnitude = (magnitude + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		return -magnitude
	}
	return magnitude
}
