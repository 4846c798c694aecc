package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
)

// stdinPath is the data that is read from standard input, and stdinName is what
// messages and the header of a prepared set call it.
const (
	stdinPath = "-"
	stdinName = "standard input"
)

// spool copies standard input to a temporary file in a directory, once for each
// command: preparing data reads it several times. removeSpool removes it.
func (a *App) spool(ctx context.Context, dir string) (path string, err error) {
	if a.spooled != "" {
		return a.spooled, nil
	}
	if f, ok := a.Stdin.(*os.File); ok && isDevice(f) {
		a.logf("reading standard input; end it with Ctrl-D")
	}
	in := bufio.NewReader(a.Stdin)
	err = await(ctx, func() error {
		_, err := in.Peek(1)
		return err
	})
	switch {
	case err == nil:
	case err == io.EOF:
		return "", fmt.Errorf("%s is empty; pipe text into it, or name a file", stdinName)
	default:
		return "", fmt.Errorf("%s: %w", stdinName, err)
	}
	for made := dir; ; made = filepath.Dir(made) {
		if _, err := os.Stat(made); err == nil || made == filepath.Dir(made) {
			break
		}
		a.spoolDirs = append(a.spoolDirs, made)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, vfs.TemporaryPrefix+"stdin-*")
	if err != nil {
		return "", err
	}
	a.spooled = file.Name()
	err = await(ctx, func() error {
		_, err := io.Copy(file, in)
		return errors.Join(err, file.Close())
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", stdinName, err)
	}
	return a.spooled, nil
}

// findStdin returns the documents on standard input.
func (a *App) findStdin(ctx context.Context, dir string, medium media.Medium) (*media.Found, error) {
	file, err := a.spool(ctx, dir)
	if err != nil {
		return nil, err
	}
	found, err := media.Find(ctx, file, medium)
	if err != nil {
		return nil, errors.New(strings.NewReplacer(file, stdinName, filepath.Base(file), stdinName).Replace(err.Error()))
	}
	if docs := found.Documents; len(docs) == 1 && docs[0].Name == filepath.Base(file) {
		docs[0].Name = stdinName
	}
	return found, nil
}

// await calls f and returns its error, or that of a context that ends first: a
// read of standard input cannot be interrupted.
func await(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// removeSpool removes the copy of standard input, and the directories made for
// it in which nothing was prepared.
func (a *App) removeSpool() {
	if a.spooled != "" {
		_ = os.Remove(a.spooled) // it may be gone with its directory
	}
	for _, dir := range a.spoolDirs {
		_ = os.Remove(dir) // fails if it holds something
	}
	a.spooled, a.spoolDirs = "", nil
}

func isDevice(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// noteUnreadInput says that standard input holds data that nothing reads,
// because no data was named.
func (a *App) noteUnreadInput() {
	f, ok := a.Stdin.(*os.File)
	if !ok || a.noted || !holdsData(f) {
		return
	}
	a.noted = true
	a.logText("note: %s is not read, the data is %s; name - as the data to read it", stdinName, goSource)
}

// holdsData reports whether a file or pipe has something left to read. It reads
// nothing.
func holdsData(f *os.File) bool {
	info, err := f.Stat()
	switch {
	case err != nil:
		return false
	case info.Mode().IsRegular():
		at, err := f.Seek(0, io.SeekCurrent)
		return err == nil && at < info.Size()
	case info.Mode()&os.ModeNamedPipe != 0:
		return pipeHoldsData(f)
	}
	return false
}
