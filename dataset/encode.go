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

// What Prepare does with a document that cannot be read.
const (
	Stop = "stop" // return the error
	Skip = "skip" // leave the document out and name it in the header
)

// ahead is how many runs of tokens a document can have waiting while those
// before it are written: 16 MB of text, twice that of mulaw:sashimi.
const ahead = 128

// An encoding is a document that is being encoded.
type encoding struct {
	runs    chan []uint16 // closed at the end
	remarks []string      // after that
	err     error         // after that
}

// The encoded documents, in their order.
type encoded struct {
	lengths []int64 // in tokens
	skipped []Skipped
	remarks []Remark
}

// remark adds what a codec says about a document.
func (e *encoded) remark(document string, remarks []string) {
	for _, text := range remarks {
		i := slices.IndexFunc(e.remarks, func(r Remark) bool { return r.Remark == validUTF8(text) })
		if i < 0 {
			i = len(e.remarks)
			e.remarks = append(e.remarks, Remark{Remark: validUTF8(text)})
		}
		e.remarks[i].Documents = append(e.remarks[i].Documents, validUTF8(document))
	}
}

// encodeAll writes the tokens of all documents in order. It encodes one document per processor at a time, and the
// same number can wait to be written. With skip, a document that cannot be read
// has no tokens and an entry in skipped.
func encodeAll(ctx context.Context, codec media.Codec, docs []media.Document, w *tokenWriter, skip bool) (*encoded, error) {
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
				e.err = work.Err() // it is in the queue, so a reader may wait for it
				close(e.runs)
				return
			}
			wait.Go(func() {
				e.run(work, codec, d)
				<-busy
			})
		}
	})
	all := &encoded{lengths: make([]int64, len(docs))}
	for i, d := range docs {
		var e *encoding
		select {
		case e = <-queue:
		case <-work.Done():
			return nil, ctx.Err()
		}
		if e == nil { // the context ended the queue early
			return nil, ctx.Err()
		}
		before := w.mark()
		for ids := range e.runs {
			if err := w.write(ids); err != nil {
				return nil, err
			}
		}
		if e.err != nil && ctx.Err() != nil {
			return nil, ctx.Err() // third-party decoders may hide the cause
		}
		if e.err != nil && (!skip || vfs.IsFull(e.err)) { // a full disk is not the fault of the document
			return nil, fmt.Errorf("%s: %w", d.Name, e.err)
		}
		if e.err != nil {
			all.skipped = append(all.skipped, Skipped{validUTF8(d.Name), validUTF8(e.err.Error())})
			if err := w.back(before); err != nil {
				return nil, err
			}
		}
		if e.err == nil {
			all.remark(d.Name, e.remarks)
		}
		all.lengths[i] = w.count - before.count
	}
	return all, nil
}

// run encodes a document. It stops when the context ends.
func (e *encoding) run(ctx context.Context, codec media.Codec, d media.Document) {
	defer close(e.runs)
	r, err := d.Open()
	if err != nil {
		e.err = err
		return
	}
	defer r.Close()
	e.remarks, e.err = codec.Encode(r, func(ids []uint16) error {
		select {
		case e.runs <- slices.Clone(ids):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
