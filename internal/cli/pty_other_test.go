//go:build !linux

package cli

import (
	"os"
	"testing"
)

func openPTY(t *testing.T) (display, terminal *os.File) {
	t.Skip("pseudo terminals are opened on Linux only")
	return nil, nil
}

func setColumns(*testing.T, *os.File, int) {}
