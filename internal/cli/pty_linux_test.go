package cli

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// openPTY opens a pseudo terminal: what is written to terminal is read from
// display.
func openPTY(t *testing.T) (display, terminal *os.File) {
	t.Helper()
	display, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs pseudo terminals: ", err)
	}
	t.Cleanup(func() { display.Close() })
	fd := int(display.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return display, terminal
}

func setColumns(t *testing.T, display *os.File, n int) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(display.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(n)}); err != nil {
		t.Error(err)
	}
}
