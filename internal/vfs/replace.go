package vfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile writes a small file of the operating system so that a crash leaves
// the old one or the new. What a process left that was killed within this is
// written over by the next one: one process at a time may write a name.
func ReplaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	temporary := filepath.Join(dir, TemporaryPrefix+filepath.Base(path))
	err := writeSynced(temporary, data)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err == nil {
		err = OS{}.SyncDir(dir)
	}
	if err != nil {
		os.Remove(temporary) // of no use; the first error says more
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
