package dataset

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
)

// What becomes of a document that cannot be read.
const (
	Stop = "stop" // the error ends Prepare
	Skip = "skip" // it is left out, and named in the header
)

// ahead is how many runs of tokens of a document are held while those before it
// are not written yet: 16 MB of text, twice that of mulaw:sashimi.
const ahead = 128

// An encoding is a document that is being encoded.
type encoding struct {
	runs chan []uint16 // closed at the end
	err  error         // after that
}

// encodeAll writes the tokens of all documents in their order and returns how
// many each has. As many are encoded at the same time as there are processors,
// and as many again may wait for their turn. With skip a document that cannot be
// read has no tokens and an entry in skipped.
func encodeAll(ctx context.Context, codec media.Codec, docs []media.Document, w *tokenWriter, skip bool) (lengths []int64, skipped []Skipped, err error) {
	work, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	processors := runtime.GOMAXPROCS(0)
	queue := make(chan *encoding, processors)
	busy := make(chan struct{}, processors)
	wait.Go(func() {
		defer close(queue)
		for _, d := range docs {
			e := &encoding{runs: make(chan []uint16, ahead)}
			select {
			case queue <- e:
			case <-work.Done():
				return
			}
			select {
			case busy <- struct{}{}:
			case <-work.Done():
				e.err = work.Err() // it is in the queue: who waits for it must not wait for ever
				close(e.runs)
				return
			}
			wait.Go(func() {
				e.run(work, codec, d)
				<-busy
			})
		}
	})
	lengths = make([]int64, len(docs))
	for i, d := range docs {
		var e *encoding
		select {
		case e = <-queue:
		case <-work.Done():
			return nil, nil, ctx.Err()
		}
		if e == nil { // the queue ended before its last document, with the context
			return nil, nil, ctx.Err()
		}
		before := w.mark()
		for ids := range e.runs {
			if err := w.write(ids); err != nil {
				return nil, nil, err
			}
		}
		if e.err != nil && ctx.Err() != nil {
			return nil, nil, ctx.Err() // decoders of others need not pass on why reading ended
		}
		if e.err != nil && (!skip || vfs.IsFull(e.err)) { // room for what a codec puts aside is not the document's fault
			return nil, nil, fmt.Errorf("%s: %w", d.Name, e.err)
		}
		if e.err != nil {
			skipped = append(skipped, Skipped{validUTF8(d.Name), validUTF8(e.err.Error())})
			if err := w.back(before); err != nil {
				return nil, nil, err
			}
		}
		lengths[i] = w.count - before.count
	}
	return lengths, skipped, nil
}

// run encodes a document until the context ends.
func (e *encoding) run(ctx context.Context, codec media.Codec, d media.Document) {
	defer close(e.runs)
	r, err := d.Open()
	if err != nil {
		e.err = err
		return
	}
	defer r.Close()
	e.err = codec.Encode(r, func(ids []uint16) error {
		select {
		case e.runs <- slices.Clone(ids):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
