package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// goSource is the name of the default data.
const goSource = "Go source"

// openData opens the data that a configuration names: a prepared set as it is,
// anything else prepared in dir, unless that was done before.
func (a *App) openData(ctx context.Context, d config.Data, dir string) (*dataset.Set, error) {
	return a.openMedium(ctx, media.MediumOf(d.Codec), d, dir)
}

// openMedium is openData for a medium.
func (a *App) openMedium(ctx context.Context, medium media.Medium, d config.Data, dir string) (*dataset.Set, error) {
	if d.Path != "" && dataset.IsSet(d.Path) {
		return openSet(d.Path)
	}
	name := d.Path
	var docs []media.Document
	var err error
	if d.Path == "" {
		name = goSource
		docs, err = media.GoSource(ctx)
		if d.Codec == "" {
			d.Codec = "bytes"
		}
	} else {
		docs, err = media.Find(d.Path, medium)
	}
	if err != nil {
		return nil, input(err)
	}
	version, _ := machine.Build()
	options := dataset.Options{
		Codec: d.Codec, MinCount: d.MinCount, Rate: d.Rate, Level: d.Level, OnError: d.OnError, Windows: d.Windows,
		PreparedWith: "waveletgpt " + version,
	}
	if set, ok := dataset.Current(dir, name, docs, options); ok {
		return verified(set)
	}
	p := a.newProgress("preparing "+name, "B")
	set, err := dataset.Prepare(ctx, dir, name, docs, options, p.bytes)
	p.finish()
	if err != nil {
		return nil, input(err)
	}
	h := set.Header
	a.logf("prepared %s: %d tokens (%s, %d symbols), train %d, validation %d, test %d, in %s",
		name, h.Tokens, h.Codec, h.Vocabulary, h.Splits.Train.Length, h.Splits.Validation.Length, h.Splits.Test.Length, dir)
	if h.SplitRule == dataset.RuleContiguous && docs[0].Medium != media.Text {
		a.logf("fewer than 20 files: 88, 6 and 6 %% of all in a row are the splits, which cuts files")
	}
	a.logSkipped(h.Provenance)
	return set, nil
}

// logSkipped prints how many documents were left out, and some of them.
func (a *App) logSkipped(p dataset.Provenance) {
	const most = 5
	for i, s := range p.Skipped {
		if i == most {
			a.logf("  and %d more, which %s lists", len(p.Skipped)-most, dataset.HeaderFile)
			break
		}
		a.logf("  skipped %s: %s", s.Name, s.Reason)
	}
	if n := len(p.Skipped); n > 0 {
		a.logf("%d of %d documents could not be read and were skipped; --on-error stop ends at the first", n, len(p.Sources))
	}
}

func openSet(dir string) (*dataset.Set, error) {
	set, err := dataset.Open(dir)
	if err != nil {
		return nil, input(err)
	}
	return verified(set)
}

func verified(set *dataset.Set) (*dataset.Set, error) {
	if err := set.Verify(); err != nil {
		set.Close()
		return nil, input(err)
	}
	return set, nil
}

// runData opens the data of a run: what --data names, or the prepared set that
// the run's configuration names, or the set that was made beside the run or its
// comparison.
func runData(r *run.Run, path string) (*dataset.Set, error) {
	candidates := []string{path}
	if path == "" {
		candidates = []string{r.Config.Data.Path, r.Path(run.DataDir), filepath.Join(r.Dir, "..", run.DataDir)}
	}
	for _, dir := range candidates {
		if dir != "" && dataset.IsSet(dir) {
			return openSet(dir)
		}
	}
	if path != "" {
		return nil, input(fmt.Errorf("%s is no prepared set; make one with `waveletgpt data prepare`", path))
	}
	return nil, input(fmt.Errorf("the prepared data of %s is not beside it any more; name it with --data", r.Dir))
}
