package bench

import (
	"fmt"
	"os"
	"strings"
)

// peakMemory is the peak resident memory of this process so far, in bytes; 0 if
// unknown.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}

// load is the system's load average of the last minute; nil if unknown.
func load() *float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return nil
	}
	load := new(float64)
	if n, _ := fmt.Sscan(string(text), load); n != 1 {
		return nil
	}
	return load
}
