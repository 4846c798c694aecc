package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// goSource names the default data, the source of the Go standard library.
const goSource = "Go source"

// openData opens the data of a configuration. Data that is not a prepared set is
// prepared in dir, unless it is there already; kept says whether dir stays.
func (a *App) openData(ctx context.Context, d config.Data, dir string, kept bool) (*dataset.Set, error) {
	return a.openMedium(ctx, media.MediumOf(d.Codec), d, dir, kept)
}

// openMedium is openData for data of a known medium.
func (a *App) openMedium(ctx context.Context, medium media.Medium, d config.Data, dir string, kept bool) (*dataset.Set, error) {
	if d.Path != "" && dataset.IsSet(d.Path) {
		return openSet(d.Path)
	}
	name := d.Path
	var docs []media.Document
	var err error
	switch d.Path {
	case "":
		name = goSource
		a.noteUnreadInput()
		docs, err = media.GoSource(ctx)
		if d.Codec == "" {
			d.Codec = "bytes"
		}
	case stdinPath:
		name = stdinName
		docs, err = a.findStdin(ctx, dir, medium)
	default:
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
		return verifySet(set)
	}
	var holds string
	options.Hash, holds = replacing(dir, name)
	p := a.newProgress("preparing " + name)
	set, err := dataset.Prepare(ctx, dir, name, docs, options, p.bytes)
	p.finish()
	if errors.Is(err, dataset.ErrOtherData) {
		return nil, input(fmt.Errorf("%w; %s holds %s, choose another --out", err, dir, holds))
	}
	if err != nil {
		return nil, input(err)
	}
	h := set.Header
	where := "in " + dir
	if !kept {
		where = "for the estimate alone"
	}
	a.logf("prepared %s: %s (codec %s, %s), %s for training, %s for validation, %s for testing, %s",
		name, typeset.Counted(h.Tokens, "token"), h.Codec, typeset.Counted(h.Vocabulary, "symbol"), typeset.Count(float64(h.Splits.Train.Length)), typeset.Count(float64(h.Splits.Validation.Length)), typeset.Count(float64(h.Splits.Test.Length)), where)
	if h.SplitRule == dataset.RuleContiguous && docs[0].Medium != media.Text {
		a.logf("fewer than 20 files: the splits are the first 88 %%, the next 6 %% and the last 6 %% of the tokens, so a file can span two splits")
	}
	a.logRemarks(h.Provenance)
	a.logSkipped(h.Provenance)
	return set, nil
}

// logRemarks prints what was repaired, left out or assumed in documents.
func (a *App) logRemarks(p dataset.Provenance) {
	for _, r := range p.Remarks {
		n := len(r.Documents)
		if n == 1 {
			a.logf("  %s: %s", r.Documents[0], r.Remark)
			continue
		}
		a.logf("  %s: %s (the first is %s; %s has all)", typeset.Counted(n, "file"), r.Remark, r.Documents[0], dataset.HeaderFile)
	}
}

// logSkipped prints how many documents were skipped, and the first few names.
func (a *App) logSkipped(p dataset.Provenance) {
	const maxShown = 5
	for i, s := range p.Skipped {
		if i == maxShown {
			a.logf("  and %d more, see %s", len(p.Skipped)-maxShown, dataset.HeaderFile)
			break
		}
		a.logf("  skipped %s: %s", s.Name, s.Reason)
	}
	if n := len(p.Skipped); n > 0 {
		a.logf("skipped %d of %d documents that could not be read; use --on-error stop to fail instead", n, len(p.Sources))
	}
}

// openSet opens a prepared set and verifies its tokens.
func openSet(dir string) (*dataset.Set, error) {
	set, err := dataset.Open(dir)
	if err != nil {
		return nil, input(err)
	}
	return verifySet(set)
}

func verifySet(set *dataset.Set) (*dataset.Set, error) {
	if err := set.Verify(); err != nil {
		set.Close()
		return nil, input(err)
	}
	return set, nil
}

// runData opens the data of a run: path, if it is not empty, else the prepared set
// with the run's data hash.
func runData(r *run.Run, path string) (*dataset.Set, error) {
	if path != "" {
		if !dataset.IsSet(path) {
			return nil, input(fmt.Errorf("%s is not a prepared set; make one with `waveletgpt data prepare`", path))
		}
		return openSet(path)
	}
	var other error
	for _, dir := range dataPlaces(r) {
		if !dataset.IsSet(dir) {
			continue
		}
		set, err := openSet(dir)
		if err != nil {
			return nil, err
		}
		has, want := set.Header.Hash, r.Config.Data.Hash
		if has == want || want == "" {
			return set, nil
		}
		set.Close()
		if other == nil {
			other = fmt.Errorf("%s is data %.12s, but run %s was trained on data %.12s; prepare that again in another directory and name it with --data", dir, has, r.Dir, want)
		}
	}
	if other != nil {
		return nil, input(other)
	}
	return nil, input(fmt.Errorf("no prepared data found for run %s; name it with --data", r.Dir))
}

// dataPlaces lists where the data of a run may be: the path in its configuration,
// the directory of the run and that of its comparison. A relative path was given in
// the working directory of the time, which is the run's or one above it.
func dataPlaces(r *run.Run) []string {
	places := []string{r.Path(run.DataDir), filepath.Join(r.Dir, "..", run.DataDir)}
	places = append(places, glob(filepath.Join(r.Dir, "..", "..", run.DataDir), "*")...) // of a plan with several comparisons
	path := r.Config.Data.Path
	if path == "" {
		return places
	}
	places = append([]string{path}, places...)
	dir, err := filepath.Abs(r.Dir)
	for !filepath.IsAbs(path) && err == nil && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		places = append(places, filepath.Join(dir, path))
	}
	return places
}
