package torch

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// PackageName is the name of the Python package.
const PackageName = "waveletgpt_torch"

//go:embed waveletgpt_torch/*.py
var sources embed.FS

// WritePackage writes the Python package as a folder of its name in dir. Files that are
// there as they should be stay.
func WritePackage(dir string) error {
	files, err := packageFiles()
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, PackageName)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, text) {
			continue
		}
		if err := vfs.ReplaceFile(path, text); err != nil {
			return err
		}
	}
	return nil
}

// packageFiles are the modules of the package, those of model folders among them.
func packageFiles() (map[string][]byte, error) {
	entries, err := sources.ReadDir(PackageName)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = sources.ReadFile(PackageName + "/" + e.Name()); err != nil {
			return nil, err
		}
	}
	for _, f := range gpt.CodeFiles() {
		var text bytes.Buffer
		if err := f.Write(&text); err != nil {
			return nil, err
		}
		files[f.Name] = text.Bytes()
	}
	return files, nil
}

// Home is the directory in which this package keeps what it makes for Python: below the
// user's cache directory.
func Home() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("a place for Python's files: %w; set HOME", err)
	}
	return filepath.Join(cache, "waveletgpt"), nil
}

// installed writes the package where workers run it, and returns the directory.
// Other versions have other directories, so that a worker at work is not disturbed.
func installed() (string, error) {
	home, err := Home()
	if err != nil {
		return "", err
	}
	files, err := packageFiles()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n%s", name, len(files[name]), files[name])
	}
	dir := filepath.Join(home, "python-"+hex.EncodeToString(sum.Sum(nil))[:12])
	if err = WritePackage(dir); err == nil {
		err = vfs.ReplaceFile(filepath.Join(dir, "__main__.py"), []byte(mainModule))
	}
	if err != nil {
		return "", fmt.Errorf("write the Python package: %w", err)
	}
	return dir, nil
}

// mainModule is what Python runs in that directory. So started, Python imports from there
// and not from the working directory, where a torch.py may lie.
const mainModule = "from waveletgpt_torch.worker import main\n\nmain()\n"
