package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A File is a file of a run directory.
type File struct {
	Name string // below the directory
	Data []byte
}

// History returns what a run had written when it had finished a step, except
// checkpoints: its log up to the step, and the steps up to it in [NonFiniteDir]. It
// fails where [Run.VerifyLog] does, and changes nothing.
func (r *Run) History(step int) ([]File, error) {
	ends, err := r.findStep(step)
	if err != nil {
		return nil, err
	}
	var all []File
	for _, end := range ends {
		data, err := os.ReadFile(end.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(data) < end.at {
			return nil, fmt.Errorf("%s became shorter while it was read", end.path)
		}
		all = append(all, File{filepath.Base(end.path), data[:end.at]})
	}
	entries, err := os.ReadDir(r.Path(NonFiniteDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		var at int
		if _, err := fmt.Sscanf(entry.Name(), "step-%d.json", &at); err != nil || at > step {
			continue
		}
		name := nonFiniteName(at)
		if filepath.Base(name) != entry.Name() {
			continue
		}
		data, err := os.ReadFile(r.Path(name))
		if err != nil {
			return nil, err
		}
		all = append(all, File{name, data})
	}
	return all, nil
}
