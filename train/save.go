package train

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// OptimizerFile holds the moments of AdamW and Muon's momentum in a checkpoint, beside the files of the
// model and the codec.
const OptimizerFile = "optimizer.safetensors"

// Prefixes of its tensors, before the name of the parameter. They are PyTorch's
// names of the moments, and of Muon's momentum.
const (
	firstMoment  = "exp_avg/"
	secondMoment = "exp_avg_sq/"
	momentum     = "momentum_buffer/"
)

// The labels of a checkpoint. They are compared when it is loaded.
const (
	labelConfig = checkpoint.ConfigLabel
	labelData   = checkpoint.DataLabel
	labelCodec  = "codec" // hash of codec.json
	labelTier   = checkpoint.TierLabel
)

func labels(c config.Config, set *dataset.Set, tier string) (map[string]string, error) {
	codec, err := codecHash(set.Codec)
	data := set.Header.Hash
	return map[string]string{
		labelConfig: c.Hash(data),
		labelData:   data,
		labelCodec:  codec,
		labelTier:   tier,
	}, err
}

func codecHash(c media.Codec) (string, error) {
	document, err := media.MarshalCodec(c)
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:]), err
}

// Save writes a checkpoint of the current step, unless there is one or no step was
// taken yet, and removes old checkpoints as train.keep says, but no branch point. If
// the weights are not finite it ends the run instead: nothing could resume from them,
// and they would in time replace every good checkpoint.
func (l *Loop) Save() error {
	if l.step == 0 || l.saved == l.step || l.diverged || l.broken {
		return nil
	}
	if err := l.engine.fetch(); err != nil {
		return err
	}
	if !l.allFinite() {
		return l.divergeAfter("state of the weights")
	}
	// A checkpoint promises that the log is complete up to its step.
	if err := l.log.Sync(); err != nil {
		return fmt.Errorf("save the log of %s: %w", l.run.Dir, err)
	}
	codec, err := media.MarshalCodec(l.run.Codec)
	if err != nil {
		return err
	}
	labels, err := labels(l.run.Config, l.set, l.engine.tier())
	if err != nil {
		return err
	}
	if slices.Contains(l.branchPoints, l.step) {
		labels[checkpoint.KeepLabel] = "branch point"
	}
	var files []checkpoint.File
	for _, f := range l.model.Files() {
		files = append(files, checkpoint.File(f))
	}
	files = append(files,
		checkpoint.File{Name: run.CodecFile, Write: func(w io.Writer) error { _, err := w.Write(codec); return err }},
		checkpoint.File{Name: OptimizerFile, Write: l.writeMoments})
	if err := l.store.Save(l.step, labels, files); err != nil {
		return err
	}
	l.saved, l.full = l.step, false
	best, err := l.best()
	if err != nil {
		return err
	}
	return l.store.Prune(l.run.Config.Train.Keep, append(l.branchPoints, best)...)
}

// best is the step of the checkpoint with the lowest validation loss, or -1 if none
// was evaluated.
func (l *Loop) best() (int, error) {
	steps, err := l.store.Steps()
	if err != nil {
		return 0, err
	}
	best := -1
	for _, step := range steps {
		loss, ok := l.losses[step]
		if ok && (best < 0 || loss < l.losses[best]) {
			best = step
		}
	}
	return best, nil
}

func (l *Loop) writeMoments(w io.Writer) error {
	var all []safetensors.Tensor
	for _, s := range l.engine.states() {
		for _, t := range s.tensors {
			all = append(all, safetensors.Tensor{Name: s.prefix + t.Name, Shape: t.Shape, Data: t.Of(s.values)})
		}
	}
	return safetensors.Write(w, all, nil)
}

// restore loads the newest good checkpoint, or initial values if none was saved.
func (l *Loop) restore() (warnings []error, err error) {
	if err := l.store.RemoveStale(); err != nil {
		return nil, err
	}
	m := l.model
	found, damaged, err := l.store.Latest(false)
	if err == nil && found == nil {
		m.Init(uint64(l.run.Config.Train.Seed))
		if warnings, err = l.fromTheStart(damaged); err != nil {
			return warnings, err
		}
		return warnings, l.engine.load(0)
	}
	if err == nil && len(damaged) > 0 { // set them aside, now that another is good
		found, warnings, err = l.store.Latest(true)
	}
	if err != nil {
		return warnings, err
	}
	want, err := labels(l.run.Config, l.set, l.engine.tier())
	if err != nil {
		return warnings, err
	}
	for _, label := range []string{labelCodec, labelData, labelConfig} {
		if got, there := found.Labels[label]; got != want[label] && (there || label != labelCodec) {
			return warnings, fmt.Errorf("%s was trained with %s %.12s, but this is %s %.12s; restore the data and the settings in config.toml that it was started with, or begin another run",
				found.Dir, label, got, label, want[label])
		}
	}
	if found.Labels[labelTier] != want[labelTier] {
		warnings = append(warnings, fmt.Errorf("%s was trained by %s and continues with %s: results differ in the last bits",
			found.Dir, found.Labels[labelTier], want[labelTier]))
	}
	if err := gpt.ReadTensors(filepath.Join(found.Dir, gpt.WeightsFile), m.Tensors(), "", m.Params); err != nil {
		return warnings, err
	}
	moments := filepath.Join(found.Dir, OptimizerFile)
	for _, s := range l.engine.states() {
		if err := gpt.ReadTensors(moments, s.tensors, s.prefix, s.values); err != nil {
			return warnings, err
		}
	}
	if err := l.engine.load(found.Step); err != nil {
		return warnings, err
	}
	l.step, l.saved = found.Step, found.Step
	return warnings, nil
}

// fromTheStart says whether a run without a good checkpoint may begin at step 0,
// which empties its log. It may if it has taken no step, or if it was killed before
// its first save. Else somebody removed or damaged what was saved.
func (l *Loop) fromTheStart(damaged []error) (warnings []error, err error) {
	metrics, err := l.run.Metrics()
	if err != nil {
		return nil, fmt.Errorf("%w; restore a complete copy of the file, or train again with another --out", err)
	}
	last, over := 0, false
	for _, m := range metrics {
		last, over = max(last, m.Step), over || m.Ends()
	}
	// The directory is made before the first step.
	entries, err := os.ReadDir(l.run.Path(run.CheckpointsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	unsaved := err == nil && len(entries) == 0 && !over && last <= l.run.Config.Train.SaveEvery
	switch {
	case len(damaged) > 0:
		return nil, fmt.Errorf("%s has no good checkpoint: %w; restore a copy of %s, or train again with another --out",
			l.run.Dir, damaged[0], l.run.Path(run.CheckpointsDir))
	case last == 0:
		return nil, nil
	case !unsaved:
		return nil, fmt.Errorf("%s has a log of %d steps, but its checkpoints are gone; restore a copy of %s, or train again with another --out",
			l.run.Dir, last, l.run.Path(run.CheckpointsDir))
	}
	return []error{fmt.Errorf("%s stopped after step %d, before its first checkpoint: it starts again", l.run.Dir, last)}, nil
}
