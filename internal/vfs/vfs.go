package vfs

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// FS is a file system. Names are paths as in package path/filepath.
type FS interface {
	// Create makes a file that must not exist yet.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (io.ReadCloser, error)
	// Stat describes a file or directory; it follows symbolic links.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a directory in the order of names.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Mkdir makes a directory that must not exist yet.
	Mkdir(name string) error
	// Rename moves a file or directory to a name that must not be taken.
	Rename(from, to string) error
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// SyncDir makes the names in a directory durable: what was created in it,
	// renamed and removed. File.Sync does that for the data of a file.
	SyncDir(name string) error
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	// Sync makes what was written durable. After an error nothing is known
	// about the data, not even by a second call that succeeds.
	Sync() error
}

// MkdirAll makes a directory, and those above it that do not exist yet, with
// names that last. A directory that exists is no error.
func MkdirAll(fsys FS, name string) error {
	err := fsys.Mkdir(name)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	above := filepath.Dir(name)
	if errors.Is(err, fs.ErrNotExist) && above != name {
		if err := MkdirAll(fsys, above); err != nil {
			return err
		}
		err = fsys.Mkdir(name)
	}
	if err != nil {
		return err
	}
	return fsys.SyncDir(above)
}

// TemporaryPrefix begins the names of files and directories that are not
// finished. They are made beside the names that they will get.
const TemporaryPrefix = ".tmp-"

// RemoveTemporary removes the unfinished files and directories that a killed
// process left in a directory.
func RemoveTemporary(fsys FS, dir string) error {
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), TemporaryPrefix) {
			if err := RemoveAll(fsys, filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveAll removes a file or a directory with all it holds. A name that does
// not exist is no error.
func RemoveAll(fsys FS, name string) error {
	err := fsys.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	entries, listErr := fsys.ReadDir(name)
	if listErr != nil {
		return err // no directory: the first error is the reason
	}
	for _, entry := range entries {
		if err := RemoveAll(fsys, filepath.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return fsys.Remove(name)
}
