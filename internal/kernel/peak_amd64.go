//go:build !noasm

package kernel

// peakPart runs the loop of Peak on as many values as the tier has sums in
// registers.
func (v *vectors) peakPart(x *float32, rounds int, factor, term float32) {
	if v.lanes == 16 {
		peakAVX512(x, rounds, factor, term)
	} else {
		peakAVX2(x, rounds, factor, term)
	}
}
