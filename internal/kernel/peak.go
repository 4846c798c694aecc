package kernel

// PeakLength is the length of Peak's array: a multiple of what each tier keeps in
// registers.
const PeakLength = 384

// Peak runs floating-point operations at the highest rate that the processor can
// reach, to compare other rates with. It uses the best tier of the processor, not
// the tier in use:
//
//	x[i] = x[i] factor + term        rounds times, i < PeakLength
//
// Each part of x stays in registers for all rounds. Peak returns the number of
// operations.
func Peak(x *[PeakLength]float32, rounds int, factor, term float32) (flops int64) {
	tiers[0].peak(x, rounds, factor, term)
	return 2 * PeakLength * int64(rounds)
}

func (v *vectors) peak(x *[PeakLength]float32, rounds int, factor, term float32) {
	if v == nil {
		peakPortable(x, rounds, factor, term)
		return
	}
	part := 2 * v.rows[0] * v.lanes // what the assembly loads and stores
	for i := 0; i+part <= PeakLength; i += part {
		v.peakPart(&x[i], rounds, factor, term)
	}
}

// peakPortable uses as many sums as the compiler keeps in registers.
func peakPortable(x *[PeakLength]float32, rounds int, factor, term float32) {
	const part = 12
	for i := 0; i+part <= PeakLength; i += part {
		y := (*[part]float32)(x[i:])
		a, b, c, d, e, f := y[0], y[1], y[2], y[3], y[4], y[5]
		g, h, j, k, l, m := y[6], y[7], y[8], y[9], y[10], y[11]
		for range rounds {
			a = float32(a*factor) + term
			b = float32(b*factor) + term
			c = float32(c*factor) + term
			d = float32(d*factor) + term
			e = float32(e*factor) + term
			f = float32(f*factor) + term
			g = float32(g*factor) + term
			h = float32(h*factor) + term
			j = float32(j*factor) + term
			k = float32(k*factor) + term
			l = float32(l*factor) + term
			m = float32(m*factor) + term
		}
		*y = [part]float32{a, b, c, d, e, f, g, h, j, k, l, m}
	}
}
