//go:build noasm || !amd64

package kernel

// peakPart is never called: there are no tiers but the portable one.
func (*vectors) peakPart(*float32, int, float32, float32) {}
