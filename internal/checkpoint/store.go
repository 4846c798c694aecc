package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

const (
	stepPrefix   = "step-"
	brokenSuffix = ".broken"
)

// Store is a directory of checkpoints. One process at a time may change it.
type Store struct {
	fs  vfs.FS
	dir string
}

// New returns the store in a directory, which need not exist yet.
func New(dir string) *Store { return On(vfs.Disk(), dir) }

// On is [New] on another file system.
func On(fsys vfs.FS, dir string) *Store { return &Store{fsys, dir} }

// Path returns the directory of the checkpoint of a step, which need not exist.
func (s *Store) Path(step int) string { return filepath.Join(s.dir, stepName(step)) }

func stepName(step int) string { return fmt.Sprintf("%s%08d", stepPrefix, step) }

// parseStep is the inverse of stepName.
func parseStep(name string) (step int, ok bool) {
	step, err := strconv.Atoi(strings.TrimPrefix(name, stepPrefix))
	return step, err == nil && step >= 0 && name == stepName(step)
}

// Steps returns the steps of all checkpoints in ascending order, without
// verifying them. A directory that does not exist has none.
func (s *Store) Steps() ([]int, error) {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var steps []int
	for _, e := range entries {
		if step, ok := parseStep(e.Name()); ok && e.IsDir() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

// Latest verifies checkpoints, newest first, and returns the first good one, or
// nil if there is none. It returns the errors of the damaged ones before it in
// damaged; with repair, it also renames these to end in ".broken". An error
// other than damage ends the search.
func (s *Store) Latest(repair bool) (found *Checkpoint, damaged []error, err error) {
	steps, err := s.Steps()
	if err != nil {
		return nil, nil, err
	}
	for _, step := range slices.Backward(steps) {
		c, err := verify(s.fs, s.Path(step))
		if err == nil {
			return &c, damaged, nil
		}
		if !errors.Is(err, ErrDamaged) {
			return nil, damaged, err
		}
		if repair {
			name, asideErr := s.setAside(step)
			if asideErr != nil {
				return nil, damaged, fmt.Errorf("set aside: %w: %w", asideErr, err)
			}
			err = fmt.Errorf("%w; set aside as %s", err, name)
		}
		damaged = append(damaged, err)
	}
	return nil, damaged, nil
}

// setAside renames a damaged checkpoint so that no search finds it.
func (s *Store) setAside(step int) (name string, err error) {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return "", err
	}
	name = stepName(step) + brokenSuffix
	for n := 2; slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }); n++ {
		name = stepName(step) + brokenSuffix + strconv.Itoa(n)
	}
	if err := s.fs.Rename(s.Path(step), filepath.Join(s.dir, name)); err != nil {
		return "", err
	}
	return name, s.fs.SyncDir(s.dir)
}

// Prune removes all checkpoints except the newest keep, of which there is at least
// one, those of the steps in spared, those with a [KeepLabel], and those to which
// somebody added a file: it is not for a later save to delete.
func (s *Store) Prune(keep int, spared ...int) error {
	steps, err := s.Steps()
	if err != nil {
		return err
	}
	old := steps[:max(len(steps)-max(keep, 1), 0)]
	// Rename checkpoints before removing their files, so that none is ever seen
	// incomplete. The sync in between keeps this order on disk.
	renamed := false
	for _, step := range old {
		if slices.Contains(spared, step) {
			continue
		}
		m, ignored, err := contents(s.fs, s.Path(step))
		if err != nil && !errors.Is(err, ErrDamaged) {
			return fmt.Errorf("prune checkpoints: %w", err)
		}
		// The dot files of a file browser are nobody's work.
		if m.Labels[KeepLabel] != "" || slices.ContainsFunc(ignored, func(name string) bool { return !strings.HasPrefix(name, ".") }) {
			continue
		}
		tmp := filepath.Join(s.dir, vfs.TemporaryPrefix+stepName(step))
		if err := vfs.RemoveAll(s.fs, tmp); err != nil {
			return fmt.Errorf("prune checkpoints: %w", err)
		}
		if err := s.fs.Rename(s.Path(step), tmp); err != nil {
			return fmt.Errorf("prune checkpoints: %w", err)
		}
		renamed = true
	}
	if !renamed {
		return nil
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("prune checkpoints: %w", err)
	}
	return s.RemoveStale()
}

// RemoveStale removes what a process left that was killed while saving or
// pruning. Call it before the first Save.
func (s *Store) RemoveStale() error {
	err := vfs.RemoveTemporary(s.fs, s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale checkpoints: %w", err)
	}
	return nil
}
