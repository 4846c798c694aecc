package waveletgpt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/text"
	"github.com/waveletgpt/waveletgpt/train"
)

// PrepareText turns text into tokens and writes them to dir as a prepared set.
// path is a file, a folder, a pattern such as "books/*.txt", or an archive. The
// codec is chosen from the text. The command waveletgpt looks for the data of a
// run in its subdirectory "data".
func PrepareText(ctx context.Context, dir, path string) (*dataset.Set, error) {
	found, err := media.Find(ctx, path, media.Text)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	return dataset.Prepare(ctx, dir, path, found.Documents, dataset.Options{Left: found.Left}, nil)
}

// PrepareTokens writes tokens of your own, each below vocabulary, to dir as a
// prepared set. The first 90 % are for training, the next 5 % for validation, the
// rest for testing. [Model.GenerateTokens] continues such tokens; as text they are
// decimal numbers. For other splits use [dataset.Prepare].
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

// Watch receives the progress of [Train]. Its functions may be nil.
type Watch struct {
	Report  func(train.Report) // after every step and evaluation
	Warning func(error)        // about damage that was repaired to resume a run, or kernels that are not the best
}

// Train trains a model on a prepared set and returns it.
//
// dir becomes a run directory. If ctx ends, Train saves what was done and returns
// the context's error; call it again with the same arguments to resume. If the
// loss is no longer a finite number, the error is [train.ErrNonFinite].
func Train(ctx context.Context, dir string, c config.Config, set *dataset.Set, w Watch) (*Model, error) {
	r, err := train.Start(dir, c, set)
	if err != nil {
		return nil, err
	}
	loop, warnings, err := train.Open(r, set)
	if w.Warning != nil {
		for _, warning := range slices.Concat(kernel.Warnings(), warnings) {
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
