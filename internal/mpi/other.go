//go:build !linux || !(amd64 || arm64)

package mpi

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// A World is all processes of an MPI job. On this system there is none.
type World struct{}

// Start returns an error: on this system MPI was not tried.
func Start(time.Duration, func(error)) (*World, error) {
	return nil, fmt.Errorf("MPI is supported on Linux with amd64 or arm64, not on %s/%s; waveletgpt trains in one process", runtime.GOOS, runtime.GOARCH)
}

// Speaks reports whether this process should say what went wrong.
func Speaks() bool { return true }

// Library is the name and version of the MPI library.
func (*World) Library() string { return "" }

// Rank is the number of this process.
func (*World) Rank() int { return 0 }

// Size is the number of processes.
func (*World) Size() int { return 1 }

// Broadcast does nothing.
func (*World) Broadcast([]byte) {}

// AllToAll does nothing.
func (*World) AllToAll([]byte, []byte) {}

// AllGather does nothing.
func (*World) AllGather([]byte, []byte) {}

// Exit ends the process.
func (*World) Exit(code int) { os.Exit(code) }
