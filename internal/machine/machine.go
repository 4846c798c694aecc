// Package machine describes the processor and the build of this process.
// Results record both.
package machine

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// CPU returns the name of the processor, or the architecture if the system does
// not give a name.
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

// Name tells this machine from others with the same processor: its processor and 8
// digits that stand for the running system. They are the same in all containers of a
// machine, change when it starts anew, and do not show its host name.
func Name() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		host, _ := os.Hostname()
		id = []byte(host)
	}
	sum := sha256.Sum256(id)
	return fmt.Sprintf("%s (%x)", CPU(), sum[:4])
}

// Build returns the version of the program and the commit that it was built
// from. Either is empty if the build does not record it, as with go run. A build of
// "go install ...@VERSION" records the commit only if the version is a
// pseudo-version, whose commit is 12 digits long.
func Build() (version, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	return build(info)
}

// pseudo matches a pseudo-version (https://go.dev/ref/mod#pseudo-versions).
var pseudo = regexp.MustCompile(`[-.]\d{14}-([0-9a-f]{12})(?:\+incompatible)?$`)

func build(info *debug.BuildInfo) (version, commit string) {
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if m := pseudo.FindStringSubmatch(info.Main.Version); commit == "" && m != nil {
		commit = m[1]
	}
	if modified {
		commit += "+changes"
	}
	return info.Main.Version, commit
}
