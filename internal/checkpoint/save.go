package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// File is a file to save: its name, of lower-case letters, digits, -, _ and .,
// and a function that writes its content as a stream.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Save writes the checkpoint of a step and returns when it is durable. The
// labels are kept in the manifest: hashes and settings that must match on
// loading.
//
// A good checkpoint of the same step stays; a damaged one is set aside as
// ".broken". If Save fails, it removes what it wrote, and all other checkpoints
// are unchanged. It makes the directory of the store if its parent exists.
func (s *Store) Save(step int, labels map[string]string, files []File) error {
	if err := s.save(step, labels, files); err != nil {
		return fmt.Errorf("save checkpoint %s: %w", s.Path(step), err)
	}
	return nil
}

func (s *Store) save(step int, labels map[string]string, files []File) error {
	if err := s.fs.Mkdir(s.dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.fs.SyncDir(filepath.Dir(s.dir)); err != nil {
		return err
	}
	_, err := verify(s.fs, s.Path(step))
	if err == nil {
		return s.fs.SyncDir(s.dir) // a killed process may have renamed it only
	}
	damaged := errors.Is(err, ErrDamaged)
	if !damaged && !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	tmp := filepath.Join(s.dir, vfs.TemporaryPrefix+stepName(step))
	if err := vfs.RemoveAll(s.fs, tmp); err != nil {
		return err
	}
	if err := s.publish(tmp, step, labels, files, damaged); err != nil {
		// The next RemoveStale removes what this leaves.
		_ = vfs.RemoveAll(s.fs, tmp)
		return err
	}
	return nil
}

// publish fills a temporary directory and renames it to its step.
func (s *Store) publish(tmp string, step int, labels map[string]string, files []File, damaged bool) error {
	if err := s.fill(tmp, step, labels, files); err != nil {
		return err
	}
	if damaged {
		if _, err := s.setAside(step); err != nil {
			return err
		}
	}
	if err := s.fs.Rename(tmp, s.Path(step)); err != nil {
		return err
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		// The new name may not survive a crash, so take it back.
		return errors.Join(err, s.fs.Rename(s.Path(step), tmp))
	}
	return nil
}

// fill writes and syncs the files, then the manifest, then the directory.
func (s *Store) fill(tmp string, step int, labels map[string]string, files []File) error {
	m := manifest{FormatVersion: FormatVersion, Step: step, Labels: labels, Files: make([]entry, len(files))}
	for i, f := range files {
		m.Files[i].Name = f.Name
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := s.fs.Mkdir(tmp); err != nil {
		return err
	}
	for i, f := range files {
		e, err := s.write(tmp, f)
		if err != nil {
			return err
		}
		m.Files[i] = e
	}
	data, err := m.encode()
	if err != nil {
		return err
	}
	if _, err := s.write(tmp, File{manifestName, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}}); err != nil {
		return err
	}
	return s.fs.SyncDir(tmp)
}

// write streams one file to the disk and syncs it.
func (s *Store) write(dir string, f File) (entry, error) {
	out, err := s.fs.Create(filepath.Join(dir, f.Name))
	if err != nil {
		return entry{}, err
	}
	hash := sha256.New()
	size := &counter{w: io.MultiWriter(out, hash)}
	buffer := bufio.NewWriterSize(size, 1<<16)
	err = f.Write(buffer)
	if err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return entry{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	return entry{f.Name, size.n, hex.EncodeToString(hash.Sum(nil))}, nil
}

// counter counts the bytes written to w.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
