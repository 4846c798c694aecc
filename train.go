package waveletgpt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/text"
	"github.com/waveletgpt/waveletgpt/train"
)

// PrepareText makes a prepared set of text in a directory: of a file, folder,
// pattern, .gz or .zip, with the codec that suits. The commands find the data of
// a run in the directory "data" in it.
func PrepareText(ctx context.Context, dir, path string) (*dataset.Set, error) {
	docs, err := media.Find(path, media.Text)
	if err != nil {
		return nil, err
	}
	return dataset.Prepare(ctx, dir, path, docs, dataset.Options{}, nil)
}

// PrepareTokens makes a prepared set of tokens that were made elsewhere, each
// below vocabulary: the first 90 % train, the next 5 % validate, the rest test.
// A model of them reads and writes numbers in decimal; see
// [Model.GenerateTokens]. For splits of one's own see [dataset.Prepare].
func PrepareTokens(ctx context.Context, dir string, vocabulary int, tokens []uint16) (*dataset.Set, error) {
	codec := text.IDs{Size: vocabulary}
	doc := media.Document{Name: "tokens", Size: -1, Open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			for some := range slices.Chunk(tokens, 1<<14) {
				if err := codec.Decode(w, some); err != nil {
					w.CloseWithError(err)
					return
				}
			}
			w.Close()
		}()
		return r, nil
	}}
	options := dataset.Options{Codec: fmt.Sprintf("ids:%d", vocabulary)}
	return dataset.Prepare(ctx, dir, "tokens", []media.Document{doc}, options, nil)
}

// Watch is told what happens in [Train]; nil functions are not called.
type Watch struct {
	Report  func(train.Report) // after every step and evaluation
	Warning func(error)        // what was damaged and mended when a run goes on
}

// Train trains a model on a prepared set and returns it as its last checkpoint
// has it. dir becomes a run directory; one that holds a run of the same
// configuration and data goes on where it was left. When ctx ends, what was done
// is saved, and the context's error returned. A run whose loss is no longer a
// number gives [train.ErrNonFinite].
func Train(ctx context.Context, dir string, c config.Config, set *dataset.Set, w Watch) (*Model, error) {
	r, err := train.Start(dir, c, set)
	if err != nil {
		return nil, err
	}
	loop, warnings, err := train.Open(r, set)
	if w.Warning != nil {
		for _, warning := range warnings {
			w.Warning(warning)
		}
	}
	if err != nil {
		return nil, err
	}
	report := w.Report
	if report == nil {
		report = func(train.Report) {}
	}
	err = loop.Advance(ctx, c.Train.Steps, report)
	if err := errors.Join(err, loop.Close()); err != nil {
		return nil, err
	}
	return Open(dir)
}
