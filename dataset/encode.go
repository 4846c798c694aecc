package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
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
	lengths []int64  // in tokens
	hashes  []uint64 // of their tokens
	skipped []Skipped
	remarks []Remark
}

// reorder writes the documents in another order to a file that replaces that of
// w. Number i of the new order is number order[i] of the old.
func (e *encoded) reorder(stage *staging, w *tokenWriter, order []int) (*tokenWriter, error) {
	file, err := stage.create(TokensFile)
	if err != nil {
		return nil, err
	}
	starts := make([]int64, len(e.lengths)) // in bytes
	for i := 1; i < len(starts); i++ {
		starts[i] = starts[i-1] + 2*e.lengths[i-1]
	}
	again := &tokenWriter{file: file, sum: sha256.New().(hash.Cloner), count: w.count}
	lengths, hashes := slices.Clone(e.lengths), slices.Clone(e.hashes)
	for to, from := range order {
		e.lengths[to], e.hashes[to] = lengths[from], hashes[from]
		document := io.NewSectionReader(w.file, starts[from], 2*lengths[from])
		if _, err := io.Copy(io.MultiWriter(file, again.sum), document); err != nil {
			return nil, err
		}
	}
	return again, stage.drop(w.file)
}

// repeated returns the documents whose tokens are those of an earlier one: across
// splits, and within the one split in which both lie.
func (e *encoded) repeated(docs []media.Document, splits Splits) (across, within []string) {
	type content struct {
		hash   uint64
		length int64
	}
	type reach struct{ first, last int } // of the splits
	splitOf := func(at int64) int {
		switch {
		case at < splits.Validation.Start:
			return 0
		case at < splits.Test.Start:
			return 1
		case splits.Holdout.Length == 0 || at < splits.Holdout.Start:
			return 2
		}
		return 3
	}
	before := map[content]reach{}
	at := int64(0)
	for i, n := range e.lengths {
		if n == 0 {
			continue
		}
		c, r := content{e.hashes[i], n}, reach{splitOf(at), splitOf(at + n - 1)}
		at += n
		switch other, again := before[c]; {
		case !again:
			before[c] = r
		case r != other || r.first != r.last:
			across = append(across, docs[i].Name)
		default:
			within = append(within, docs[i].Name)
		}
	}
	return across, within
}

// remark adds a remark about documents, or about all.
func (e *encoded) remark(text string, documents ...string) {
	text = validUTF8(text)
	i := slices.IndexFunc(e.remarks, func(r Remark) bool { return r.Remark == text })
	if i < 0 {
		i = len(e.remarks)
		e.remarks = append(e.remarks, Remark{Remark: text})
	}
	for _, name := range documents {
		e.remarks[i].Documents = append(e.remarks[i].Documents, validUTF8(name))
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
	all := &encoded{lengths: make([]int64, len(docs)), hashes: make([]uint64, len(docs))}
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
		w.doc.Reset()
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
			for _, text := range e.remarks {
				all.remark(text, d.Name)
			}
			if d.Remark != "" {
				all.remark(d.Remark, d.Name)
			}
			if w.count == before.count {
				all.remark("it gives no token and was left out", d.Name)
			}
		}
		all.lengths[i], all.hashes[i] = w.count-before.count, w.doc.Sum64()
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
