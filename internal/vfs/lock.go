package vfs

import (
	"errors"
	"fmt"
)

// LockFile is the file that says that a process works in a directory.
const LockFile = ".lock"

// ErrLocked is wrapped by the error where another process has the lock.
var ErrLocked = errors.New("in use by another process")

// A Lock is the right to change a directory, which one process has at a time. It
// ends with the process, however that ends: the lock is the operating system's,
// and a file that is left over locks nothing.
type Lock struct{ release func() error }

// LockDir takes the lock of a directory that exists. Where another has it, the
// error says so at once.
func LockDir(dir string) (*Lock, error) {
	release, err := lockDir(dir)
	if errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("%s is %w, which holds its %s; wait until that ends, or end it", dir, ErrLocked, LockFile)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return &Lock{release}, nil
}

// Unlock gives the lock back. Further calls do nothing.
func (l *Lock) Unlock() error {
	if l == nil || l.release == nil {
		return nil
	}
	release := l.release
	l.release = nil
	return release()
}
