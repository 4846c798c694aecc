package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/media"
)

// maxHeader bounds dataset.json: over a million documents.
const maxHeader = 1 << 28

// A Set is an open prepared set. Its methods may be called concurrently.
type Set struct {
	Header Header
	Codec  media.Codec
	tokens *tokenFile
	dir    string
	opened atomic.Bool // the hold-out, which nothing reads before
}

// IsSet reports whether a path is a prepared set, rather than data for one.
func IsSet(path string) bool {
	for _, name := range []string{HeaderFile, TokensFile} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// Open opens a prepared set. The header and the codec must agree with each
// other and with the size of tokens.bin. The error for a newer format wraps
// [media.ErrNewerFormat]. [Set.Verify] checks the tokens.
func Open(dir string) (*Set, error) {
	path := filepath.Join(dir, HeaderFile)
	data, err := versioned.ReadFile(os.DirFS(dir), HeaderFile, maxHeader)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open data set %s: %s does not exist (%w); prepare the data first", dir, HeaderFile, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("open data set %s: %w", dir, err)
	}
	h, err := parseHeader(data)
	if err != nil {
		return nil, fmt.Errorf("open data set: read %s: %w", path, err)
	}
	codec, err := openCodec(dir, h)
	if err != nil {
		return nil, fmt.Errorf("open data set: %w", err)
	}
	path = filepath.Join(dir, TokensFile)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open data set: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() != 2*h.Tokens {
		err = fmt.Errorf("%s has %d bytes, but the %d tokens of %s have %d; prepare the data again", path, info.Size(), h.Tokens, HeaderFile, 2*h.Tokens)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open data set: %w", err)
	}
	return &Set{Header: *h, Codec: codec, dir: dir, tokens: &tokenFile{file: file, path: path, vocabulary: h.Vocabulary}}, nil
}

// openCodec reads the codec and holds the header against it.
func openCodec(dir string, h *Header) (media.Codec, error) {
	path := filepath.Join(dir, media.CodecFile)
	codec, err := media.ReadCodec(os.DirFS(dir), media.CodecFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if codec.Name() != h.Codec || codec.Unit() != h.Unit || codec.Vocabulary() != h.Vocabulary {
		return nil, fmt.Errorf("%s is codec %s with %d symbols, but the data is codec %s with %d; prepare the data again",
			path, codec.Name(), codec.Vocabulary(), h.Codec, h.Vocabulary)
	}
	canonical, err := media.MarshalCodec(codec)
	if err != nil {
		return nil, err
	}
	if hash := h.dataHash(canonical); hash != h.Hash {
		return nil, fmt.Errorf("the data hash in %s is %s, but its documents and %s give %s: one of the files was changed; prepare the data again",
			HeaderFile, h.Hash, path, hash)
	}
	return codec, nil
}

// Current opens the set in dir if [Prepare] with these arguments would make the
// same one: path and options are equal, and so are the names, sizes, times and
// splits of the documents. A document that was skipped because ffmpeg was missing is
// read again once it is there.
func Current(dir, path string, docs []media.Document, o Options) (*Set, bool) {
	s, err := Open(dir)
	if err != nil {
		return nil, false
	}
	have, want := s.Header.Provenance, provenance(path, docs, o)
	same := have.Path == want.Path && have.Codec == want.Codec && have.MinCount == want.MinCount &&
		have.Rate == want.Rate && have.Level == want.Level && have.OnError == want.OnError && have.Windows == want.Windows && have.Holdout == want.Holdout &&
		slices.EqualFunc(have.Sources, want.Sources, func(a, b Source) bool {
			return a.Name == b.Name && a.Size == b.Size && a.Modified.Equal(b.Modified)
		})
	mended := slices.ContainsFunc(have.Skipped, func(k Skipped) bool { return media.Mended(k.Reason) })
	if !same || mended || !s.Header.hasSplits(docs, o.Holdout) {
		s.Close()
		return nil, false
	}
	return s, true
}

// hasSplits reports whether the documents, which the header has been made from, still
// come with the splits that it has: lists beside them may have been edited, added or
// removed. share is held out.
func (h *Header) hasSplits(docs []media.Document, share float64) bool {
	docs = slices.Clone(docs)
	order, rule, err := arrange(docs, share)
	if err != nil || (rule == RuleExplicit) != (h.SplitRule == RuleExplicit) {
		return false
	}
	if rule != RuleExplicit {
		return true // the rest follows from the documents
	}
	placed := h.Documents // all but those without tokens, in the same order
	for _, d := range inPlaces(docs, order) {
		if len(placed) > 0 && placed[0].Name == validUTF8(d.Name) && placed[0].Split == d.Split {
			placed = placed[1:]
		}
	}
	return len(placed) == 0
}

// Close closes the files.
func (s *Set) Close() error { return s.tokens.file.Close() }

// split returns the range of a split that may be read.
func (s *Set) split(name string) (Range, error) {
	r, err := s.Header.Split(name)
	if err == nil && name == Holdout && r.Length > 0 && !s.opened.Load() {
		err = fmt.Errorf("the hold-out of %s is not open; only a last comparison reads it, which first records that it does", s.Header.Provenance.Path)
	}
	return r, err
}

// Read fills dst with the tokens of a split from position start. All are below
// the vocabulary. A hold-out must be open, see [Set.OpenHoldout]. If the file was truncated or damaged since Open, the error
// names it and the position.
func (s *Set) Read(dst []uint16, split string, start int64) error {
	r, err := s.split(split)
	if err != nil {
		return err
	}
	if start < 0 || start > r.Length-int64(len(dst)) {
		return fmt.Errorf("tokens %d to %d are outside split %s, which has %d", start, start+int64(len(dst)), split, r.Length)
	}
	return s.tokens.read(dst, r.Start+start)
}

// Verify reads all of tokens.bin, computes its SHA-256, units and entropies,
// and compares them with the header.
func (s *Set) Verify() error {
	var got string
	var hashErr error
	var hashing sync.WaitGroup
	hashing.Go(func() { got, hashErr = s.tokens.hash(s.Header.Tokens) }) // while the others are computed
	h := s.Header
	err := h.measure(context.Background(), s.tokens, s.Codec)
	hashing.Wait()
	switch {
	case hashErr != nil:
		return fmt.Errorf("verify %s: %w", s.tokens.path, hashErr)
	case got != s.Header.SHA256:
		return fmt.Errorf("verify %s: SHA-256 is %s, but was %s when it was written; the file is damaged, prepare the data again", s.tokens.path, got, s.Header.SHA256)
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	}
	// Entropies may differ by rounding between machines.
	off := func(a, b float64) bool { return math.Abs(a-b) > 1e-9 }
	if h.Splits != s.Header.Splits || off(h.Entropy.Unigram, s.Header.Entropy.Unigram) || off(h.Entropy.Bigram, s.Header.Entropy.Bigram) {
		return fmt.Errorf("verify %s: the header has %+v, %+v, but the tokens give %+v, %+v; it was changed, prepare the data again",
			s.tokens.path, s.Header.Splits, s.Header.Entropy, h.Splits, h.Entropy)
	}
	return nil
}
