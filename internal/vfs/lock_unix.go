//go:build !windows

package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir locks a file in dir as flock(2) does: the kernel gives the lock back
// with the last descriptor. A file system without locks (some mounted over a
// network) locks nothing.
func lockDir(dir string) (release func() error, err error) {
	path := filepath.Join(dir, LockFile)
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(ErrLocked, file.Close())
		case err != nil && !errors.Is(err, errors.ErrUnsupported):
			return nil, errors.Join(err, file.Close())
		}
		// Who had it before may have removed the file after it was opened here.
		if held, err := sameFile(file, path); err != nil || !held {
			if err := errors.Join(err, file.Close()); err != nil {
				return nil, err
			}
			continue
		}
		return func() error {
			// Removed while it is held, so that nobody loses a lock by it. A
			// directory that is gone took the file with it.
			err := os.Remove(path)
			if errors.Is(err, os.ErrNotExist) {
				err = nil
			}
			return errors.Join(err, file.Close())
		}, nil
	}
}

// sameFile tells whether a name is still that of an open file.
func sameFile(file *os.File, path string) (bool, error) {
	open, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(open, named), err
}
