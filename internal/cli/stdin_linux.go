package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeHoldsData waits a moment for the other end of a pipe to write.
func pipeHoldsData(f *os.File) (holds bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	err = conn.Control(func(fd uintptr) {
		const moment = 50 // milliseconds
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, moment)
		holds = err == nil && n == 1 && poll[0].Revents&unix.POLLIN != 0
	})
	return holds && err == nil
}
