package torch

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// PackageName is the name of the Python package.
const PackageName = "waveletgpt_torch"

//go:embed waveletgpt_torch/*.py
var sources embed.FS

// WritePackage writes the Python package as a folder of its name in dir, which somebody may
// have there with changes: a file with other content is an error, and nothing is written.
func WritePackage(dir string) error {
	files, err := packageFiles()
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, PackageName)
	var other []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if there, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) && (err != nil || !bytes.Equal(there, files[name])) {
			other = append(other, path)
		}
	}
	if len(other) > 0 {
		return fmt.Errorf("%s would be replaced: another version of the package, or edited; move the folder %s, or choose another directory", strings.Join(other, ", "), dir)
	}
	return putAll(dir, files)
}

// replacePackage is WritePackage for a directory of this program, where an earlier version
// of the package may be.
func replacePackage(dir string) error {
	files, err := packageFiles()
	if err != nil {
		return err
	}
	return putAll(filepath.Join(dir, PackageName), files)
}

// putAll writes files into a directory.
func putAll(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range files {
		if err := put(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file, unless it is there with this content: many workers start at once. None
// finds an empty file, and each has a separate temporary name.
func put(path string, text []byte) error {
	there := func() bool {
		old, err := os.ReadFile(path)
		return err == nil && bytes.Equal(old, text)
	}
	if there() {
		return nil
	}
	temporary := filepath.Join(filepath.Dir(path), vfs.TemporaryPrefix+filepath.Base(path)+"-"+rand.Text())
	err := os.WriteFile(temporary, text, 0o666)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary) // the first error says more
		if there() {         // Windows refuses to replace what another process is reading
			return nil
		}
	}
	return err
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
	if err = putAll(filepath.Join(dir, PackageName), files); err == nil {
		err = put(filepath.Join(dir, "__main__.py"), []byte(mainModule))
	}
	if err != nil {
		return "", fmt.Errorf("write the Python package: %w", err)
	}
	return dir, nil
}

// mainModule is what Python runs in that directory. So started, Python imports from there
// and not from the working directory, where a torch.py may lie.
const mainModule = "from waveletgpt_torch.worker import main\n\nmain()\n"
