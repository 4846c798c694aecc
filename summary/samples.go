package summary

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// FinalText is where a run of text keeps what it generated at its end.
const FinalText = "samples/final.txt"

// Folder is the name of a run's directory in that of its comparison: a reader finds it,
// and another configuration has another name.
func (r *Run) Folder() string {
	return fmt.Sprintf("%s-seed%d-%.8s", strings.ReplaceAll(r.Variant, ":", "_"), r.Seed, r.ConfigHash)
}

// ReadFile returns one of the files of a sample, nil if it is no longer there.
func (s *Sample) ReadFile(name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return data, err
}

// copySamples copies the files of samples that are still there into another
// directory, for a summary that is written there.
func (s *Summary) copySamples(dir string) error {
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.Dir == dir {
			continue
		}
		for _, name := range []string{x.File, x.PromptFile, x.RealFile} {
			data, err := x.ReadFile(name)
			if err != nil {
				return err
			}
			if name == "" || data == nil {
				continue
			}
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := vfs.ReplaceFile(path, data); err != nil {
				return err
			}
		}
	}
	return nil
}
