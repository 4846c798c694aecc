package vfs

import (
	"errors"
	"path/filepath"
	"syscall"
)

const (
	sharingViolation = syscall.Errno(32)
	deleteOnClose    = 0x04000000 // FILE_FLAG_DELETE_ON_CLOSE
)

// lockDir opens a file in dir that no other process can open. The system
// deletes it with its last handle, at the latest when the process ends.
func lockDir(dir string) (release func() error, err error) {
	path, err := syscall.UTF16PtrFromString(filepath.Join(dir, LockFile))
	if err != nil {
		return nil, err
	}
	const shareNothing = 0
	handle, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shareNothing, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	if errors.Is(err, sharingViolation) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return func() error { return syscall.CloseHandle(handle) }, nil
}
