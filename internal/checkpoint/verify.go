package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// Checkpoint is a verified checkpoint.
type Checkpoint struct {
	Dir    string // its directory
	Step   int
	Labels map[string]string
	// Ignored are the names of files beside those of the manifest. Other programs
	// and people add them: they are left alone and say nothing about damage.
	Ignored []string

	from  source
	files []entry
}

// Labels of the checkpoints of a run.
const (
	ConfigLabel = "config" // hash of the configuration
	DataLabel   = "data"   // hash of the data
	TierLabel   = "tier"   // what computed: kernels and architecture, or another engine
	KeepLabel   = "keep"   // why [Store.Prune] never removes the checkpoint
)

// Files returns the files of a checkpoint, to be saved once more. A file that is
// no longer what was verified is not saved: its error wraps [ErrDamaged].
func (c Checkpoint) Files() []File {
	var list []File
	for _, e := range c.files {
		list = append(list, File{e.Name, func(w io.Writer) error { return verifyFile(c.from, c.Dir, e, w) }})
	}
	return list
}

// Verify reads every file of the checkpoint in a directory, of any name, and
// compares it with the manifest. It changes nothing. The error wraps [ErrDamaged]
// if and only if the checkpoint is not what was saved.
func Verify(dir string) (Checkpoint, error) { return verify(vfs.OS{}, dir) }

// Check compares the named files at the root of fsys with the manifest there, and
// returns the manifest's labels; without a manifest, both are left out. It skips
// files that are missing. It serves copies of which only some files are kept; use
// [Verify] for a whole checkpoint.
func Check(fsys fs.FS, names ...string) (labels map[string]string, err error) {
	if _, err := fs.Stat(fsys, manifestName); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	from := plain{fsys}
	m, err := readManifest(from, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range m.Files {
		if _, err := fs.Stat(fsys, e.Name); errors.Is(err, fs.ErrNotExist) || !slices.Contains(names, e.Name) {
			continue
		}
		if err := verifyFile(from, ".", e, io.Discard); err != nil {
			return nil, err
		}
	}
	return m.Labels, nil
}

// source is what verification reads from.
type source interface {
	Open(name string) (io.ReadCloser, error)
	Stat(name string) (fs.FileInfo, error)
}

var (
	_ source = vfs.OS{}
	_ source = plain{}
)

// plain reads from a file system of the standard library.
type plain struct{ fsys fs.FS }

func (p plain) Open(name string) (io.ReadCloser, error) { return p.fsys.Open(name) }
func (p plain) Stat(name string) (fs.FileInfo, error)   { return fs.Stat(p.fsys, name) }

func verify(fsys vfs.FS, dir string) (Checkpoint, error) {
	m, ignored, err := verifyFiles(fsys, dir)
	if errors.Is(err, ErrDamaged) {
		return Checkpoint{}, fmt.Errorf("checkpoint %s is %w", dir, err)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	return Checkpoint{dir, m.Step, m.Labels, ignored, fsys, m.Files}, nil
}

func verifyFiles(fsys vfs.FS, dir string) (m manifest, ignored []string, err error) {
	m, ignored, err = contents(fsys, dir)
	if err != nil {
		return m, nil, err
	}
	if step, ok := parseStep(filepath.Base(dir)); ok && step != m.Step {
		return m, nil, fmt.Errorf("%w: %s is of step %d", ErrDamaged, manifestName, m.Step)
	}
	for _, e := range m.Files {
		if err := verifyFile(fsys, dir, e, io.Discard); err != nil {
			return m, nil, err
		}
	}
	return m, ignored, nil
}

// contents reads the manifest in dir, and the names beside those that it lists.
func contents(fsys vfs.FS, dir string) (m manifest, ignored []string, err error) {
	present, err := fsys.ReadDir(dir)
	if err != nil {
		return m, nil, err
	}
	if m, err = readManifest(fsys, dir); err != nil {
		return m, nil, err
	}
	for _, p := range present {
		listed := func(e entry) bool { return e.Name == p.Name() }
		if p.Name() != manifestName && !slices.ContainsFunc(m.Files, listed) {
			ignored = append(ignored, p.Name())
		}
	}
	return m, ignored, nil
}

func readManifest(fsys source, dir string) (manifest, error) {
	in, _, err := open(fsys, dir, manifestName)
	if err != nil {
		return manifest{}, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxManifest+1))
	if err != nil {
		return manifest{}, err
	}
	if len(data) > maxManifest {
		return manifest{}, fmt.Errorf("%w: %s has more than %d bytes", ErrDamaged, manifestName, maxManifest)
	}
	return decodeManifest(data)
}

// verifyFile compares a file with its entry, and copies it to w.
func verifyFile(fsys source, dir string, e entry, w io.Writer) error {
	in, size, err := open(fsys, dir, e.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	if size != e.Size {
		return fmt.Errorf("%w: %s has %d bytes instead of %d", ErrDamaged, e.Name, size, e.Size)
	}
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(hash, w), in); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != e.SHA256 {
		return fmt.Errorf("%w: %s has SHA-256 %s instead of %s", ErrDamaged, e.Name, got, e.SHA256)
	}
	return nil
}

// open opens a file that a checkpoint must have.
func open(fsys source, dir, name string) (in io.ReadCloser, size int64, err error) {
	path := filepath.Join(dir, name)
	info, err := fsys.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fmt.Errorf("%w: %s is missing", ErrDamaged, name)
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular(): // opening a pipe would block
		return nil, 0, fmt.Errorf("%w: %s is not a regular file", ErrDamaged, name)
	}
	in, err = fsys.Open(path)
	return in, info.Size(), err
}
