package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
)

// A staging collects files under temporary names in their directory, until
// commit gives them their final names.
type staging struct {
	dir     string
	newDir  bool
	names   []string
	files   []*os.File
	pending bool // there are temporary files
	lock    *vfs.Lock
}

func temporary(name string) string { return vfs.TemporaryPrefix + name + "-*" }

// newStaging makes the directory, locks it, and removes the temporary files of
// an earlier Prepare that was killed.
func newStaging(dir string) (*staging, error) {
	s := &staging{dir: dir, pending: true}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		s.newDir = true
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	var err error
	if s.lock, err = vfs.LockDir(dir); err != nil {
		return nil, err
	}
	if err := s.removeStale(); err != nil {
		return nil, errors.Join(err, s.clean())
	}
	return s, nil
}

func (s *staging) removeStale() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, name := range []string{TokensFile, HeaderFile, media.CodecFile} {
			if ok, _ := filepath.Match(temporary(name), e.Name()); ok {
				if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// create returns a new file that commit will rename to name.
func (s *staging) create(name string) (*os.File, error) {
	f, err := os.CreateTemp(s.dir, temporary(name))
	if err != nil {
		return nil, err
	}
	s.names = append(s.names, name)
	s.files = append(s.files, f)
	return f, f.Chmod(0o644) // data is readable for others, unlike most temporary files
}

// drop removes a file that create returned.
func (s *staging) drop(f *os.File) error {
	i := slices.Index(s.files, f)
	s.names, s.files = slices.Delete(s.names, i, i+1), slices.Delete(s.files, i, i+1)
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (s *staging) write(name string, data []byte) error {
	f, err := s.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return err
}

// commit syncs the files and gives them their names. The file called last makes
// the others valid and is renamed last. An older file of that name is removed
// first, so that it never describes files of another set.
func (s *staging) commit(last string) error {
	for _, f := range s.files {
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(s.dir, last)); err == nil {
		if err := (vfs.OS{}).SyncDir(s.dir); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	rename := func(final bool) error {
		for i, name := range s.names {
			if (name == last) == final {
				if err := os.Rename(s.files[i].Name(), filepath.Join(s.dir, name)); err != nil {
					return err
				}
			}
		}
		return vfs.OS{}.SyncDir(s.dir)
	}
	if err := rename(false); err != nil {
		return err
	}
	if err := rename(true); err != nil {
		return err
	}
	s.pending = false
	return nil
}

// clean removes the files that commit did not rename, and unlocks the
// directory.
func (s *staging) clean() error {
	if !s.pending {
		return s.lock.Unlock()
	}
	var errs []error
	for _, f := range s.files {
		f.Close() // it may be closed already
		if err := os.Remove(f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	errs = append(errs, s.lock.Unlock())
	if s.newDir {
		os.Remove(s.dir) // fails if it is not empty
	}
	return errors.Join(errs...)
}
