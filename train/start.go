package train

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
)

// Start creates a run in a directory, or opens the run that is there: it must
// have the same configuration and data. The settings that cannot change its
// results are those of c: threads, save_every, keep, on_full_disk, device and python. Nothing is
// written if the configuration does not fit the data. [Open] makes the loop that trains the run.
func Start(dir string, c config.Config, set *dataset.Set) (*run.Run, error) {
	if !run.Exists(dir) {
		if err := Fits(c, set); err != nil {
			return nil, err
		}
		c.Data.Hash, c.Model = set.Header.Hash, c.Model.Resolved()
		return run.Create(dir, c, set.Codec)
	}
	if err := fits(c, set); err != nil {
		return nil, err
	}
	r, err := run.Open(dir)
	if err != nil {
		return nil, err
	}
	data := set.Header.Hash
	if want := r.Config.Data.Hash; want != "" && want != data {
		return nil, fmt.Errorf("%s holds a run of data %.12s, but this is data %.12s; use that data or another directory", dir, want, data)
	}
	if has := r.Config.Train.Engine; has != c.Train.Engine {
		return nil, fmt.Errorf("%s is trained by the engine %s, not %s, and a run keeps its engine; set train.engine = %s, or use another directory", dir, has, c.Train.Engine, has)
	}
	if has, want := r.Config.Hash(data), c.Hash(data); has != want {
		return nil, fmt.Errorf("%s holds a run of another configuration (hash %.12s, not %.12s); use that configuration or another directory", dir, has, want)
	}
	t := &r.Config.Train
	t.Threads, t.SaveEvery, t.Keep, t.OnFullDisk = c.Train.Threads, c.Train.SaveEvery, c.Train.Keep, c.Train.OnFullDisk
	t.Device, t.Python = c.Train.Device, c.Train.Python
	return r, nil
}

// Fits returns why a run of a configuration should not begin on a set, or nil: it
// cannot be trained, or a split is too small. Windows in documents may be shorter
// than the context, but a loss of fewer tokens than one window measures nothing.
func Fits(c config.Config, set *dataset.Set) error {
	if err := fits(c, set); err != nil {
		return err
	}
	for _, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		if r, _ := set.Header.Split(split); r.Length > 0 && r.Length <= int64(c.Model.Context) {
			return fmt.Errorf("the %s split has %s, too few to measure a loss at model.context = %d; use a smaller model.context or more data, or put files into folders train, validation and test",
				split, typeset.Counted(r.Length, "token"), c.Model.Context)
		}
	}
	return nil
}

// fits returns why a configuration cannot be trained on a set, or nil. A run that
// has begun is resumed also where a split is too small.
func fits(c config.Config, set *dataset.Set) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := (gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary}).Validate(); err != nil {
		return err
	}
	if want := c.Data.Hash; want != "" && want != set.Header.Hash {
		return fmt.Errorf("data.hash is %.12s, but this is data %.12s; use the data with that hash", want, set.Header.Hash)
	}
	if c.Train.Transpose > 0 && !set.Transposes() {
		return fmt.Errorf("train.transpose = %d is for music, but codec %s has no pitches; set it to 0", c.Train.Transpose, set.Header.Codec)
	}
	for _, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		if split == dataset.Test && set.Header.Splits.Test.Length == 0 {
			continue // there is no test loss
		}
		if _, err := set.Windows(split, 1, c.Model.Context+1); err != nil {
			return err
		}
	}
	return nil
}
