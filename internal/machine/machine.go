// Package machine says what this process runs on and was built from, for the
// records that go with every figure.
package machine

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// CPU is the processor's name as its maker or the system gives it, or the
// architecture where neither does.
func CPU() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == "model name" && strings.TrimSpace(value) != "" {
			return strings.TrimSpace(value)
		}
	}
	if name := os.Getenv("PROCESSOR_IDENTIFIER"); name != "" { // Windows
		return name
	}
	return runtime.GOARCH
}

// Build is the program's version and the commit that it was built from, empty
// where the build does not say: go run does not.
func Build() (version, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified {
		commit += "+changes"
	}
	return info.Main.Version, commit
}
