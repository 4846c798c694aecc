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
	// Create makes a file, which must not exist.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (io.ReadCloser, error)
	// Stat describes a file or directory. It follows symbolic links.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a directory, sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Mkdir makes a directory, which must not exist.
	Mkdir(name string) error
	// Rename moves a file or directory to a name that must not exist.
	Rename(from, to string) error
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// SyncDir makes the names in a directory durable: what was created, renamed
	// or removed in it. File.Sync does so for the data of a file.
	SyncDir(name string) error
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	// Sync makes the written data durable. After an error the data may be lost,
	// even if a second call succeeds.
	Sync() error
}

// MkdirAll makes a directory and the missing ones above it, durably. It is not
// an error if the directory exists.
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

// WriteFile makes a file, which must not exist, and syncs its data.
func WriteFile(fsys FS, name string, data []byte) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// TemporaryPrefix begins the names of unfinished files and directories. They
// are renamed within their directory when they are finished.
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

// RemoveAll removes a file, or a directory with its content. It is not an error
// if the name does not exist.
func RemoveAll(fsys FS, name string) error {
	err := fsys.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	entries, listErr := fsys.ReadDir(name)
	if listErr != nil {
		return err // not a directory: the first error is the reason
	}
	for _, entry := range entries {
		if err := RemoveAll(fsys, filepath.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return fsys.Remove(name)
}
