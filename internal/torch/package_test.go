package torch

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Workers that start at the same time find the whole package, whoever writes it.
func TestInstalledAtOnce(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	for range 20 {
		var starts sync.WaitGroup
		for range 16 {
			starts.Go(func() {
				dir, err := installed()
				if err != nil {
					t.Error(err)
					return
				}
				for name, size := range map[string]int{"__main__.py": len(mainModule), filepath.Join(PackageName, "worker.py"): 1000} {
					if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(text) < size {
						t.Errorf("%s has %d bytes, %v", name, len(text), err)
					}
				}
			})
		}
		starts.Wait()
		dir, err := installed()
		if err != nil {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*", ".*")); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// The package of a user is not replaced, that of this program is.
func TestPackageKeepsEdits(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if err := WritePackage(dir); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, PackageName, "curves.py")
	if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, PackageName, "data.py")); err != nil {
		t.Fatal(err)
	}
	if err := WritePackage(dir); err == nil || !strings.HasPrefix(err.Error(), path+" would be replaced") {
		t.Errorf("an edited file: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("it is %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, PackageName, "data.py")); err == nil {
		t.Error("a part of the package is written")
	}
	if err := replacePackage(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) == "mine" {
		t.Errorf("an earlier version stays, %v", err)
	}
}
