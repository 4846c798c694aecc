//go:build noasm || !amd64

package kernel

// available lists no instruction set: there is no assembly in this build.
func available() []*vectors { return nil }
