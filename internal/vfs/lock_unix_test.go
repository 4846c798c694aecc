//go:build !windows

package vfs

import (
	"os"
	"path/filepath"
	"testing"
)

// A lock on a file that its path no longer names keeps nobody out: another
// process locks the file that is there now.
func TestLockOfARemovedFile(t *testing.T) {
	for name, after := range map[string]func(path string) error{
		"stays":   func(string) error { return nil },
		"removed": os.Remove,
		"made anew": func(path string) error {
			if err := os.Rename(path, path+".old"); err != nil {
				return err
			}
			return os.WriteFile(path, nil, 0o666)
		},
	} {
		path := filepath.Join(t.TempDir(), LockFile)
		file, err := os.Create(path)
		must(t, err, after(path))
		named, err := lockNamed(file, path)
		must(t, err, file.Close())
		if named != (name == "stays") {
			t.Errorf("%s: locked %v", name, named)
		}
	}
}
