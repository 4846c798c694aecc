package vfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile writes a small file so that a crash leaves the old content or the
// new. The next call for the path overwrites what a killed process left. Only
// one process at a time may write a path.
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
		os.Remove(temporary) // the first error says more
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
