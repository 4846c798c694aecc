//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// detach keeps the interrupt of this terminal from a browser that the command becomes.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
