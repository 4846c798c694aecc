//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package bench

// peakMemory is unknown on this system.
func peakMemory() int64 { return 0 }

// load is unknown on this system.
func load() *float64 { return nil }
