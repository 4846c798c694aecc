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

// goSourceBytes is the maximum amount of Go source that is used.
const goSourceBytes = 16_000_000

// GoSource returns documents that every machine with a Go installation has: up
// to 16 MB of the .go files below $(go env GOROOT)/src. They are in the order
// of the SHA-256 of their slash paths relative to that folder. This order
// spreads every package over the whole and changes little between versions of
// Go. Some files are not UTF-8, so the codec is bytes.
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

// goRoot returns the first of these folders that has sources: the variable
// GOROOT, the answer of the go command, and the one this program was built
// with.
func goRoot(ctx context.Context) (string, error) {
	command := func() string {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "go", "env", "GOROOT")
		// A go.mod nearby may ask for another toolchain, which would be
		// downloaded.
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
		cmd.Dir = os.TempDir()
		out, _ := cmd.Output() // without a go command, try the next place
		return string(bytes.TrimSpace(out))
	}
	for _, place := range []func() string{
		func() string { return os.Getenv("GOROOT") },
		command,
		//lint:ignore SA1019 the last resort, without a go command
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
	return "", errors.Join(ctx.Err(), errors.New("no Go installation with sources was found"))
}

// goFiles returns up to limit bytes of the .go files below src, in the order of
// the hashes of their names.
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
