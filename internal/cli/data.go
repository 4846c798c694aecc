package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/text"
	"github.com/waveletgpt/waveletgpt/run"
)

// goSource names the default data, the source of the Go standard library.
const goSource = "Go source"

// openData opens the data of a configuration. Data that is not a prepared set is
// prepared in dir, unless it is there already; kept says whether dir stays.
func (a *App) openData(ctx context.Context, c config.Config, dir string, kept bool) (*dataset.Set, error) {
	return a.openHolding(ctx, c.Data, c.Model.Context, 0, dir, kept)
}

// openHolding is openData for a context, 0 for any, with a share of the data to hold
// out, if it is prepared.
func (a *App) openHolding(ctx context.Context, d config.Data, context int, holdout float64, dir string, kept bool) (*dataset.Set, error) {
	if d.Path != "" && dataset.IsSet(d.Path) {
		return openSetAs(d)
	}
	if m := media.MediumOf(d.Codec); m != media.Any && d.Medium != "" && string(m) != d.Medium {
		return nil, usage(fmt.Errorf("codec %s is for %s, not %s; choose another codec or medium", d.Codec, m, d.Medium))
	}
	name := d.Path
	found := &media.Found{}
	var err error
	switch d.Path {
	case "":
		name = goSource
		a.noteUnreadInput()
		if found.Documents, err = media.GoSource(ctx); err != nil {
			err = fmt.Errorf("%w, or begin with %s", err, a.hint("demo", "text"))
		}
		if d.Codec == "" {
			d.Codec = "bytes"
		}
	case stdinPath:
		name = stdinName
		found, err = a.findStdin(ctx, dir, wanted(d))
	default:
		found, err = media.Find(ctx, d.Path, wanted(d))
	}
	if err != nil {
		return nil, input(err)
	}
	if err := enough(name, found.Documents, context); err != nil {
		return nil, input(errors.Join(err, found.Close()))
	}
	set, err := a.prepare(ctx, name, found, d, holdout, dir, kept)
	if err != nil && a.spooled != "" && strings.Contains(err.Error(), a.spooled) {
		err = input(errors.New(strings.ReplaceAll(err.Error(), a.spooled, stdinName)))
	}
	if closed := found.Close(); err == nil && closed != nil {
		set.Close()
		return nil, closed
	}
	return set, err
}

// enough returns an error for text that is too short for a context, whatever its codec:
// the splits for training and validation need a window each, and no token is shorter
// than a byte.
func enough(name string, docs []media.Document, context int) error {
	size := int64(0)
	for _, d := range docs {
		if d.Medium != media.Text || d.Size < 0 {
			return nil
		}
		size += d.Size
	}
	if size >= 2*int64(context+1) {
		return nil
	}
	return fmt.Errorf("%s has %s, too few for training and validation at model.context = %d; use a smaller model.context or more data", name, typeset.Counted(size, "byte"), context)
}

// wanted is the medium to look for.
func wanted(d config.Data) media.Medium { return media.Wanted(media.Medium(d.Medium), d.Codec) }

// prepare prepares what was found in dir, unless it is there already.
func (a *App) prepare(ctx context.Context, name string, found *media.Found, d config.Data, holdout float64, dir string, kept bool) (*dataset.Set, error) {
	docs := found.Documents
	version, _ := machine.Build()
	options := dataset.Options{
		Codec: d.Codec, MinCount: d.MinCount, Rate: d.Rate, Level: d.Level, OnError: d.OnError, Windows: d.Windows, Holdout: holdout,
		Left: found.Left, PreparedWith: "waveletgpt " + version,
	}
	if set, ok := dataset.Current(dir, name, docs, options); ok {
		if set.Header.Provenance.Rules < dataset.Rules {
			a.logText("note: %s was prepared by an older version, which read some files differently; prepare them in another directory to have the new rules", dir)
		}
		return verifySet(set)
	}
	a.logFound(name, wanted(d), found)
	replaced := headerOf(dir)
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
	a.logText("prepared %s: %s (codec %s, %s), %s for training, %s for validation, %s for testing, %s",
		name, typeset.Counted(h.Tokens, "token"), h.Codec, typeset.Counted(h.Vocabulary, "symbol"), typeset.Count(float64(h.Splits.Train.Length)), typeset.Count(float64(h.Splits.Validation.Length)), typeset.Count(float64(h.Splits.Test.Length)), where)
	if replaced != nil && replaced.Hash != h.Hash {
		a.logText("replaced the prepared set of %s, data %.12s", replaced.Provenance.Path, replaced.Hash)
	}
	a.logRule(h, docs[0].Medium)
	a.logHoldout(h)
	if d.Path != "" { // Go's source cannot be changed
		a.logRemarks(h.Provenance)
	}
	a.logSkipped(h.Provenance)
	return set, nil
}

// logFound says what was taken from data of several files and what was left out.
func (a *App) logFound(name string, wanted media.Medium, found *media.Found) {
	kind, as := "text file", ""
	switch medium := found.Documents[0].Medium; {
	case medium == media.Audio:
		kind = "sound file"
	case medium == media.Music:
		kind = "MIDI file"
	case len(found.Left) == 0 && len(found.Lists) == 0 && !found.Unfollowed:
		return
	case wanted == media.Bytes:
		kind, as = "file", " as it is"
		if len(found.Documents) > 1 {
			as = " as they are"
		}
	}
	if found.Unfollowed {
		a.logText("note: %s has folders or files named train, test or the like, too deep in it or beside others; they do not set the splits, so a test set may be trained on; name the folder that holds them alone, or add a list with the columns file and split", name)
	}
	line := fmt.Sprintf("%s: %s%s", name, typeset.Counted(len(found.Documents), kind), as)
	if len(found.Lists) > 0 {
		line += ", split by " + strings.Join(found.Lists, ", ")
	}
	if len(found.Left) > 0 {
		line += "; left out: " + media.Summary(found.Left)
	}
	a.logText("%s", line)
}

// logRule says what the splits are, where that is not one of whole documents.
func (a *App) logRule(h dataset.Header, medium media.Medium) {
	shares := "90 %, the next 5 % and the last 5 %"
	if medium == media.Audio || medium == media.Music {
		shares = "88 %, the next 6 % and the last 6 %"
	}
	tokens, few := "the tokens", "fewer than 20 files"
	if h.Provenance.Holdout > 0 {
		tokens, few = "the tokens before the hold-out", "fewer than 20 files beside a hold-out"
	}
	switch {
	case h.SplitRule == dataset.RuleTokens:
		a.logText("whole files would leave a split with too few tokens: the splits are the first %s of %s, so a file can span two splits", shares, tokens)
	case h.SplitRule == dataset.RuleHashed:
		a.logText("the files are named by class: each split has some of all classes, by the hashes of the names")
	case h.SplitRule == dataset.RuleContiguous && len(h.Provenance.Sources) > 1:
		a.logText("%s: the splits are the first %s of %s, so a file can span two splits", few, shares, tokens)
	}
}

// logRemarks prints what was repaired, left out or assumed in documents.
func (a *App) logRemarks(p dataset.Provenance) {
	for _, r := range p.Remarks {
		n := len(r.Documents)
		if n == 0 {
			a.logf("  %s", r.Remark)
			continue
		}
		if n == 1 {
			a.logf("  %s: %s", typeset.Printable(r.Documents[0]), typeset.Printable(r.Remark))
			continue
		}
		a.logf("  %s: %s (first %s; %s lists them)", typeset.Counted(n, "file"), typeset.Printable(r.Remark), typeset.Printable(r.Documents[0]), dataset.HeaderFile)
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
		a.logf("  skipped %s: %s", typeset.Printable(s.Name), typeset.Printable(s.Reason))
	}
	if n := len(p.Skipped); n > 0 {
		a.logText("skipped %d of %d documents that could not be read; use --on-error stop to fail instead", n, len(p.Sources))
	}
}

// openSetAs opens the prepared set of a configuration, which must be of the codec
// and medium that it names, if it names any, and made with its other settings of data,
// unless these are the defaults.
func openSetAs(d config.Data) (*dataset.Set, error) {
	set, err := openSet(d.Path)
	if err != nil {
		return nil, err
	}
	codec, _, _ := strings.Cut(d.Codec, ":")
	has, _, _ := strings.Cut(set.Header.Codec, ":")
	if is := string(media.MediumOf(set.Header.Codec)); codec != "" && codec != has || d.Medium != "" && d.Medium != is {
		set.Close()
		return nil, usage(fmt.Errorf("%s is a prepared set of %s with codec %s; prepare the files again for another codec or medium", d.Path, is, set.Header.Codec))
	}
	if err := contradicts(d, set); err != nil {
		set.Close()
		return nil, usage(err)
	}
	return set, nil
}

// contradicts returns an error for a setting that is neither the default nor what a
// prepared set was made with: the set does not change, and the run would record a
// setting that its data does not have.
func contradicts(d config.Data, set *dataset.Set) error {
	standard, err := config.Preset(config.DefaultPreset)
	if err != nil {
		return err
	}
	usual, made := standard.Data, set.Header.Provenance
	has := d // where a setting does not matter
	if d.Windows != "" {
		has.Windows = cmp.Or(set.Header.Windows, dataset.WindowsAnywhere)
	}
	switch codec := set.Codec.(type) {
	case *audio.Codec:
		has.Level = codec.Level()
		if native := d.Rate == 0 && made.Rate == 0; !native {
			has.Rate = codec.Rate()
		}
	case *text.Chars:
		has.MinCount = cmp.Or(made.MinCount, media.DefaultMinCount)
	}
	for _, s := range []struct {
		key               string
		wants, has, usual any
	}{
		{"windows", d.Windows, has.Windows, usual.Windows}, {"rate", d.Rate, has.Rate, usual.Rate},
		{"level", d.Level, has.Level, usual.Level}, {"min_count", d.MinCount, has.MinCount, usual.MinCount},
	} {
		if s.wants != s.has && s.wants != s.usual {
			return fmt.Errorf("%s is a prepared set with data.%s = %v, not %v; prepare the files again for another, or leave the setting out", d.Path, s.key, s.has, s.wants)
		}
	}
	return nil
}

// headerOf returns the header of the prepared set in a directory, or nil.
func headerOf(dir string) *dataset.Header {
	set, err := dataset.Open(dir)
	if err != nil {
		return nil
	}
	set.Close()
	return &set.Header
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
	return nil, input(fmt.Errorf("no prepared data found for run %s; put it back where it was, or name it with --data of train --resume or eval", r.Dir))
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
