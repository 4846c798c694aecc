//go:build !windows

package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir locks a file in dir with flock(2): the kernel releases the lock with
// the last descriptor. On a file system without locks (some network mounts)
// nothing is locked.
func lockDir(dir string) (release func() error, err error) {
	path := filepath.Join(dir, LockFile)
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if named, err := lockNamed(file, path); err != nil || !named {
			if err := errors.Join(err, file.Close()); err != nil {
				return nil, err
			}
			continue
		}
		return func() error {
			// Remove the file while holding the lock, so that no other process
			// loses its lock. If the directory is gone, so is the file.
			err := os.Remove(path)
			if errors.Is(err, os.ErrNotExist) {
				err = nil
			}
			return errors.Join(err, file.Close())
		}, nil
	}
}

// lockNamed locks an open file and reports whether path still names it: its
// previous owner may have removed it since it was opened.
func lockNamed(file *os.File, path string) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false, ErrLocked
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return false, err
	}
	return sameFile(file, path)
}

// sameFile reports whether a path still names an open file.
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
