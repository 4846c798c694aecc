package vfs

import (
	"errors"
	"fmt"
)

// LockFile is the file in a directory that its lock is on.
const LockFile = ".lock"

// ErrLocked is wrapped by the error if another process has the lock.
var ErrLocked = errors.New("in use by another process")

// A Lock is the right to change a directory, which one process has at a time.
// The operating system releases it when the process ends in any way. So a
// leftover file does not lock anything.
type Lock struct{ release func() error }

// LockDir takes the lock of an existing directory. If another process has it,
// LockDir does not wait and the error wraps [ErrLocked].
func LockDir(dir string) (*Lock, error) {
	release, err := lockDir(dir)
	if errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("%s is %w, which holds its %s; wait until that process ends, or stop it", dir, ErrLocked, LockFile)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return &Lock{release}, nil
}

// Unlock releases the lock. Further calls do nothing.
func (l *Lock) Unlock() error {
	if l == nil || l.release == nil {
		return nil
	}
	release := l.release
	l.release = nil
	return release()
}
