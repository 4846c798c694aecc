package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// Sizes of the data that is written.
const (
	StoryCount = 2000
	TuneCount  = 32
	CanonCount = 160
	TuneRate   = 8000 // Hz
	tuneBars   = 3
	canonBars  = 24
)

// A File is one file of the data: its name below a directory, and its content.
type File struct {
	Name    string
	Content []byte
}

// StoryFile returns stories in a file.
func StoryFile(name string) ([]File, error) {
	return []File{{name, []byte(Stories(StoryCount, 1))}}, nil
}

// TuneFiles returns tunes of one voice, 6 seconds each, as WAV files below dir.
func TuneFiles(dir string) ([]File, error) {
	return each(dir, "tune-%03d.wav", TuneCount, func(file *bytes.Buffer, seed uint64) error {
		return audio.WriteWAV(file, TuneRate, Play(Melody(tuneBars, seed), TuneRate))
	})
}

// CanonFiles returns canons, 50 seconds each, as MIDI files below dir.
func CanonFiles(dir string) ([]File, error) {
	return each(dir, "canon-%03d.mid", CanonCount, func(file *bytes.Buffer, seed uint64) error {
		return music.Write(file, Canon(canonBars, seed))
	})
}

// each returns n files with names of a pattern.
func each(dir, pattern string, n int, encode func(file *bytes.Buffer, seed uint64) error) (files []File, err error) {
	for i := range n {
		var file bytes.Buffer
		if err := encode(&file, uint64(i+1)); err != nil {
			return nil, err
		}
		files = append(files, File{filepath.Join(dir, fmt.Sprintf(pattern, i+1)), file.Bytes()})
	}
	return files, nil
}

// Foreign returns a file below dir that is in the way of files: one of their names with
// other content, or another one in a directory that is made for them and would be trained on
// too. It is empty if there is none. Hidden files do not count: no data has them.
func Foreign(dir string, files []File) (path string, err error) {
	ours := map[string]bool{}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		ours[path] = true
		if old, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) && (err != nil || !bytes.Equal(old, f.Content)) {
			return path, nil
		}
	}
	below := filepath.Dir(files[0].Name)
	if below == "." {
		return "", nil
	}
	entries, err := os.ReadDir(filepath.Join(dir, below))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, e := range entries {
		if path := filepath.Join(dir, below, e.Name()); !ours[path] && !strings.HasPrefix(e.Name(), ".") {
			return path, nil
		}
	}
	return "", nil
}

// Write writes files below dir. One that is there with its content stays: its time too.
func Write(dir string, files []File) error {
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.Content) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := vfs.ReplaceFile(path, f.Content); err != nil {
			return err
		}
	}
	return nil
}
