package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	// As a process leaves it that was killed within.
	must(t, os.WriteFile(filepath.Join(dir, ".tmp-a.json"), []byte("half of something longer"), 0o600))
	for _, content := range []string{"first", "second, longer", ""} {
		must(t, ReplaceFile(path, []byte(content)))
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q instead of %q, %v", got, content, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

// Where it cannot be written the error names it, and nothing is left.
func TestReplaceFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	must(t, os.MkdirAll(filepath.Join(path, "full"), 0o777))
	if err := ReplaceFile(path, []byte("a")); err == nil || !strings.Contains(err.Error(), "write "+path) {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v is left, %v", entries, err)
	}
	if err := ReplaceFile(filepath.Join(dir, "absent", "a"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
