package train

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/internal/optim"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// Branch creates the run of c in dir, which must not exist or be empty, from what
// another run of the schedule wsd has trained already. Runs of this schedule that
// differ only in train.steps are the same run until the rate of one of them falls
// ([BranchPoint]); from a checkpoint before that, Branch copies that run: weights,
// moments, log and steps that were not finite. The rest is trained as after a
// resume, and equals to the bit the run that takes all steps itself, except for
// its seconds, which are those of the run that took the step, and older checkpoints,
// which are absent.
//
// Of the run directories in sources it uses the one that has the good checkpoint of
// the greatest step, and returns its name and the step. The source needs the same
// data, the same kernels and architecture or any PyTorch, and a configuration that differs only in
// train.steps and in keys that the hash leaves out. It may still be training. If there
// is none, or dir holds something, step is 0 and nothing is created: [Start] then
// begins with the first step.
//
// A crash leaves the whole run, or no run. What a killed process left beside dir,
// under a name that begins with .tmp-, the next Branch to dir removes. Only one
// process at a time may branch to a dir.
func Branch(dir string, c config.Config, set *dataset.Set, sources ...string) (from string, step int, err error) {
	return branch(vfs.Disk(), dir, c, set, sources)
}

// BranchPoint is the last step at which a run may branch off: the last one before
// the rate of the schedule wsd falls, and 0 for other schedules.
func BranchPoint(c config.Train) int {
	// The last step is evaluated because it is the last, and may be tested.
	return min(optim.BranchPoint(c), c.Steps-1)
}

func branch(fsys vfs.FS, dir string, c config.Config, set *dataset.Set, sources []string) (from string, step int, err error) {
	dir = filepath.Clean(dir)
	temporary := filepath.Join(filepath.Dir(dir), vfs.TemporaryPrefix+filepath.Base(dir))
	if err := vfs.RemoveAll(fsys, temporary); err != nil {
		return "", 0, err
	}
	there, err := fsys.ReadDir(dir)
	if len(there) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", 0, err
	}
	if err := Fits(c, set); err != nil {
		return "", 0, err
	}
	c.Data.Hash, c.Model = set.Header.Hash, c.Model.Resolved()
	t, err := findTrunk(c, set, sources)
	if err != nil || t == nil {
		return "", 0, err
	}
	err = t.copy(fsys, temporary, c, set)
	if err == nil {
		err = publish(fsys, temporary, dir)
	}
	if err != nil {
		_ = vfs.RemoveAll(fsys, temporary) // the first error says more
		return "", 0, fmt.Errorf("branch %s off step %d of %s: %w", dir, t.Step, t.run.Dir, err)
	}
	return t.run.Dir, t.Step, nil
}

// A trunk is a run with the checkpoint that a branch begins with.
type trunk struct {
	run *run.Run
	checkpoint.Checkpoint
}

// findTrunk returns the trunk with the greatest step, the first of several, or nil.
func findTrunk(c config.Config, set *dataset.Set, sources []string) (best *trunk, err error) {
	after := 0
	for _, dir := range sources {
		if !run.Exists(dir) {
			continue
		}
		r, err := run.Open(dir)
		if err != nil {
			return nil, err
		}
		t, err := newest(r, c, set, after)
		if err != nil {
			return nil, err
		}
		if t != nil {
			best, after = t, t.Step
		}
	}
	return best, nil
}

// newest returns the newest checkpoint of a run after a step that a branch can begin
// with, or nil.
func newest(r *run.Run, c config.Config, set *dataset.Set, after int) (*trunk, error) {
	same, data := r.Config, set.Header.Hash
	same.Train.Steps = c.Train.Steps
	if same.Hash(data) != c.Hash(data) {
		return nil, nil
	}
	want, err := labels(r.Config, set, nativeTier())
	if err != nil {
		return nil, err
	}
	store := checkpoint.New(r.Path(run.CheckpointsDir))
	steps, err := store.Steps()
	if err != nil {
		return nil, err
	}
	last := min(BranchPoint(r.Config.Train), BranchPoint(c.Train))
	for _, step := range slices.Backward(steps) {
		if step > last {
			continue
		}
		if step <= after {
			break
		}
		found, err := checkpoint.Verify(store.Path(step))
		if errors.Is(err, checkpoint.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.Config.Train.Engine == "torch" { // which is not asked where it would run
			want[labelTier] = found.Labels[labelTier]
		}
		other := func(label string) bool { return found.Labels[label] != want[label] }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), other) && r.VerifyLog(step) == nil {
			return &trunk{r, found}, nil
		}
	}
	return nil, nil
}

// copy writes the directory of the branch, all of it durable.
func (t *trunk) copy(fsys vfs.FS, dir string, c config.Config, set *dataset.Set) error {
	labels, err := labels(c, set, t.Labels[labelTier])
	if err != nil {
		return err
	}
	codec, err := media.MarshalCodec(set.Codec)
	if err != nil {
		return err
	}
	files, err := t.run.History(t.Step)
	if err != nil {
		return err
	}
	files = append(files, run.File{Name: run.CodecFile, Data: codec}, run.File{Name: run.ConfigFile, Data: c.TOML()})
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := vfs.MkdirAll(fsys, filepath.Dir(path)); err != nil {
			return err
		}
		if err := vfs.WriteFile(fsys, path, f.Data); err != nil {
			return err
		}
		if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
			return err
		}
	}
	return checkpoint.On(fsys, filepath.Join(dir, run.CheckpointsDir)).Save(t.Step, labels, t.Files())
}

// publish gives a finished directory its name, under which there is nothing or an
// empty directory.
func publish(fsys vfs.FS, temporary, dir string) error {
	if err := fsys.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := fsys.Rename(temporary, dir); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(dir))
}
