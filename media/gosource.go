package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// goSourceBytes is how much of the Go source is taken at most.
const goSourceBytes = 16_000_000

// GoSource returns documents that are on every machine with a Go installation:
// the .go files below $(go env GOROOT)/src in the order of the SHA-256 of their
// slash paths relative to it, as many as 16 MB hold. The order spreads every
// package over the whole and changes little between versions of Go. Some files
// are not UTF-8: their codec is bytes.
func GoSource(ctx context.Context) ([]Document, error) {
	root, err := goRoot(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the Go source: %w; name other data with --data", err)
	}
	docs, err := goFiles(ctx, filepath.Join(root, "src"), goSourceBytes)
	if err != nil {
		return nil, fmt.Errorf("find the Go source in %s: %w; name other data with --data", root, err)
	}
	return docs, nil
}

// goRoot returns the first folder with sources in it of: the variable GOROOT,
// what the go command says, and where the program was built.
func goRoot(ctx context.Context) (string, error) {
	command := func() string {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "go", "env", "GOROOT")
		// A go.mod nearby may ask for another toolchain; that would be a download.
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
		cmd.Dir = os.TempDir()
		out, _ := cmd.Output() // without a go command the next place is tried
		return string(bytes.TrimSpace(out))
	}
	for _, place := range []func() string{
		func() string { return os.Getenv("GOROOT") },
		command,
		//lint:ignore SA1019 it is the last resort, where no go command is at hand
		runtime.GOROOT,
	} {
		root := place()
		if root == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(root, "src")); err == nil && info.IsDir() {
			return root, nil
		}
	}
	return "", errors.Join(ctx.Err(), errors.New("there is no Go installation with sources"))
}

// goFiles returns the .go files below src in the order of the hash of their
// names, as many as limit bytes hold.
func goFiles(ctx context.Context, src string, limit int64) ([]Document, error) {
	src, err := filepath.EvalSymlinks(src) // distributions link it
	if err != nil {
		return nil, err
	}
	type file struct {
		name  string
		hash  [sha256.Size]byte
		entry fs.DirEntry
	}
	var files []file
	err = filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if !entry.Type().IsRegular() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		files = append(files, file{name, sha256.Sum256([]byte(name)), entry})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b file) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	var docs []Document
	var total int64
	for _, f := range files {
		info, err := f.entry.Info()
		if err != nil {
			return nil, err
		}
		if total += info.Size(); total > limit {
			break
		}
		docs = append(docs, Document{
			Name: f.name, Medium: Text, Size: info.Size(), Modified: info.ModTime(),
			Open: func() (io.ReadCloser, error) {
				return os.Open(filepath.Join(src, filepath.FromSlash(f.name)))
			},
		})
	}
	if len(docs) == 0 {
		return nil, errors.New("there are no .go files")
	}
	return docs, nil
}
