package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/maphash"
	"io"
	"os"
	"sync"
)

// blockTokens is how many tokens are read at a time from a whole file.
const blockTokens = 1 << 16

// tokenWriter appends tokens to a file and to its hash.
type tokenWriter struct {
	file  *os.File
	sum   hash.Cloner
	doc   maphash.Hash // of the current document
	buf   []byte
	count int64
}

// A mark is a position that a writer can return to.
type mark struct {
	sum   hash.Cloner
	count int64
}

func (w *tokenWriter) mark() mark {
	sum, err := w.sum.Clone()
	if err != nil {
		panic(err) // SHA-256 can be cloned
	}
	return mark{sum, w.count}
}

// back removes what was written since a mark.
func (w *tokenWriter) back(m mark) error {
	w.sum, w.count = m.sum, m.count
	if err := w.file.Truncate(2 * m.count); err != nil {
		return err
	}
	_, err := w.file.Seek(2*m.count, io.SeekStart)
	return err
}

// write appends ids, all of which are below the vocabulary of their codec.
func (w *tokenWriter) write(ids []uint16) error {
	w.buf = w.buf[:0]
	for _, id := range ids {
		w.buf = binary.LittleEndian.AppendUint16(w.buf, id)
	}
	w.sum.Write(w.buf)
	w.doc.Write(w.buf)
	w.count += int64(len(ids))
	_, err := w.file.Write(w.buf)
	return err
}

// tokenFile reads a file of tokens. It may be used concurrently.
type tokenFile struct {
	file       *os.File
	path       string
	vocabulary int
	buffers    sync.Pool // *[]byte
}

// read fills dst with the tokens from position at.
func (t *tokenFile) read(dst []uint16, at int64) error {
	pooled, _ := t.buffers.Get().(*[]byte)
	if pooled == nil {
		pooled = new([]byte)
	}
	defer t.buffers.Put(pooled)
	if cap(*pooled) < 2*len(dst) {
		*pooled = make([]byte, 2*len(dst))
	}
	buf := (*pooled)[:2*len(dst)]
	n, err := t.file.ReadAt(buf, 2*at)
	switch {
	case n == len(buf): // err is io.EOF at the end of the file
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read %s: the file ends at token %d, within tokens %d to %d; prepare the data again", t.path, at+int64(n/2), at, at+int64(len(dst)))
	default:
		return fmt.Errorf("read tokens %d to %d: %w", at, at+int64(len(dst)), err)
	}
	for i := range dst {
		id := binary.LittleEndian.Uint16(buf[2*i:])
		if int(id) >= t.vocabulary {
			return fmt.Errorf("read %s: token %d is %d, outside the vocabulary of %d; the file is damaged, prepare the data again", t.path, at+int64(i), id, t.vocabulary)
		}
		dst[i] = id
	}
	return nil
}

// hash returns the SHA-256 of the first n tokens.
func (t *tokenFile) hash(n int64) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, io.NewSectionReader(t.file, 0, 2*n))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// blocks calls do with the tokens of [start, start+length) in runs of at most
// len(buf), each valid until do returns.
func (t *tokenFile) blocks(buf []uint16, start, length int64, do func(ids []uint16) error) error {
	for length > 0 {
		ids := buf[:min(length, int64(len(buf)))]
		if err := t.read(ids, start); err != nil {
			return err
		}
		if err := do(ids); err != nil {
			return err
		}
		start += int64(len(ids))
		length -= int64(len(ids))
	}
	return nil
}
