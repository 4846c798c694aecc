//go:build !unix

package cli

import "os/exec"

// detach has nothing to do: the system's own process starts the browser.
func detach(*exec.Cmd) {}
