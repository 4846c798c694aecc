//go:build !windows

package terminal

import "os"

// escapes reports whether a terminal understands escape sequences.
func escapes(*os.File) bool {
	name := os.Getenv("TERM")
	return name != "" && name != "dumb"
}
