package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
)

// Options say how documents become tokens. Zero values are the defaults.
type Options struct {
	// Codec is the name of the codec; if empty, [media.Choose] chooses it.
	Codec string
	// MinCount is how often a character must occur to be a token of the codec
	// chars; 0 is [media.DefaultMinCount].
	MinCount int
	// Rate and Level are those of [media.Options], for audio.
	Rate  int
	Level string
	// OnError is what to do with a document that cannot be read: [Stop], the
	// default for text, or [Skip], the default for other media.
	OnError string
	// Windows is where windows lie: [WindowsInDocuments], the default for
	// music, or [WindowsAnywhere], the default for other media.
	Windows string
	// Holdout is the share of the data to hold out, above 0 and at most 0.5; 0
	// holds out nothing. Documents without splits are split as without a
	// hold-out, but only those that are not held out. Of documents with splits
	// the share of those for training is held out, because others compare on
	// the validation and test splits that they come with.
	//
	// If the splits consist of whole documents, the documents that are held out
	// are the first in the order of the SHA-256 of "holdout " and the name: a
	// random sample. Otherwise the hold-out is the last share of the tokens.
	Holdout float64
	// Hash is the data hash that the set must have; empty accepts any.
	Hash string
	// Left is what was found and left out, for the header.
	Left []media.Left
	// PreparedWith names the program and its version, for the header.
	PreparedWith string
}

// ErrOtherData says that documents do not have the data hash of [Options].
var ErrOtherData = errors.New("this is other data")

// Prepare encodes docs and writes a prepared set into dir, which it makes if
// absent. path is what the user named, for the header and for messages.
// progress, if not nil, is called with the bytes read so far and in total, or
// -1 if the total is unknown. To choose a codec of text, the documents are read
// twice.
//
// The splits are those of the documents, of which some may be [Holdout]. If these
// have none, one of [RuleDocuments], [RuleSorted], [RuleHashed], [RuleTokens] and
// [RuleContiguous] applies.
//
// Prepare changes nothing in dir until everything is written and synced. If it
// fails or ctx ends, it removes its temporary files, and an older set in dir is
// unchanged. Only one Prepare at a time may work on a directory.
func Prepare(ctx context.Context, dir, path string, docs []media.Document, o Options, progress func(done, total int64)) (*Set, error) {
	if err := prepare(ctx, dir, path, docs, o, progress); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	return Open(dir)
}

func prepare(ctx context.Context, dir, path string, docs []media.Document, o Options, progress func(done, total int64)) (err error) {
	docs = slices.Clone(docs)
	if !(o.Holdout >= 0 && o.Holdout <= MaxHoldout) {
		return fmt.Errorf("a hold-out of %v of the data: it must be above 0 and at most %v", o.Holdout, MaxHoldout)
	}
	order, rule, err := arrange(docs, o.Holdout)
	if err != nil {
		return err
	}
	ordered := inPlaces(docs, order)
	twice := o.Codec == "chars" || o.Codec == "" && mediumOf(docs) == media.Text
	m := newMeter(ctx, ordered, twice, progress)
	skip, err := o.skips(docs)
	if err != nil {
		return err
	}
	windows, err := o.windowRule(mediumOf(docs))
	if err != nil {
		return err
	}
	choice, err := media.Choose(m.documents(ordered), media.Options{Codec: o.Codec, MinCount: o.MinCount, Rate: o.Rate, Level: o.Level, Skip: skip})
	if err != nil {
		return err
	}
	codec := choice.Codec
	for i, fault := range choice.Faults {
		ordered[i].Open = func() (io.ReadCloser, error) { return nil, fault }
	}
	stage, err := newStaging(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.clean()) }()

	file, err := stage.create(TokensFile)
	if err != nil {
		return err
	}
	w := &tokenWriter{file: file, sum: sha256.New().(hash.Cloner)}
	all, err := encodeAll(ctx, codec, m.documents(ordered), w, skip)
	if err != nil {
		return err
	}
	m.finish()
	if len(all.skipped) > 0 && len(all.skipped) == len(docs) {
		return unreadable(all.skipped)
	}
	placed, splits := layOut(ordered, all.lengths, rule, o.Holdout)
	if whole := rule != RuleExplicit && rule != RuleContiguous; whole && uneven(splits, mediumOf(docs), o.Holdout) {
		ordered, rule = docs, RuleTokens
		if w, err = all.reorder(stage, w, places(order)); err != nil {
			return err
		}
		placed, splits = layOut(ordered, all.lengths, rule, o.Holdout)
	}
	if choice.Why != "" {
		all.remark("the codec is " + codec.Name() + ", because " + choice.Why)
	}
	across, within := all.repeated(ordered, splits)
	if len(across) > 0 {
		all.remark("the same content as a file of another split", across...)
	}
	if len(within) > 0 {
		all.remark("the same content as another file of the split, so it counts more than once; remove one, such as an archive beside its files", within...)
	}
	h := &Header{
		FormatVersion: formatVersion,
		Codec:         codec.Name(), Unit: codec.Unit(), Vocabulary: codec.Vocabulary(),
		Tokens: w.count, SplitRule: rule, Windows: windows, SHA256: hex.EncodeToString(w.sum.Sum(nil)),
		Documents: placed, Splits: splits, Provenance: provenance(path, docs, o),
	}
	h.Provenance.Skipped, h.Provenance.Remarks = all.skipped, all.remarks
	if err := h.checkSplits(); err != nil {
		if len(all.skipped) > 0 {
			err = fmt.Errorf("%w; %d of %d documents could not be read; first error: %s: %s", err, len(all.skipped), len(docs), all.skipped[0].Name, all.skipped[0].Reason)
		}
		return err
	}
	return h.save(ctx, stage, w.file, codec, o.Hash)
}

// unreadable is the error if all documents were skipped.
func unreadable(skipped []Skipped) error {
	if len(skipped) == 1 {
		return fmt.Errorf("%s cannot be read: %s", skipped[0].Name, skipped[0].Reason)
	}
	return fmt.Errorf("none of the %d documents can be read; first error: %s: %s", len(skipped), skipped[0].Name, skipped[0].Reason)
}

// save completes the header from the tokens and commits the set. want is the
// hash that it must have, or empty.
func (h *Header) save(ctx context.Context, stage *staging, tokens *os.File, codec media.Codec, want string) error {
	if err := h.measure(ctx, &tokenFile{file: tokens, path: TokensFile, vocabulary: h.Vocabulary}, codec); err != nil {
		return err
	}
	codecFile, err := media.MarshalCodec(codec)
	if err != nil {
		return err
	}
	h.Hash = h.dataHash(codecFile)
	if want != "" && want != h.Hash {
		return fmt.Errorf("%w: its hash is %.12s, not %.12s", ErrOtherData, h.Hash, want)
	}
	header, err := h.marshal()
	if err != nil {
		return err
	}
	if err := stage.write(media.CodecFile, codecFile); err != nil {
		return err
	}
	if err := stage.write(HeaderFile, header); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return stage.commit(HeaderFile)
}

// inPlaces returns documents in an order of their indices.
func inPlaces(docs []media.Document, order []int) []media.Document {
	ordered := make([]media.Document, len(order))
	for place, i := range order {
		ordered[place] = docs[i]
	}
	return ordered
}

// places returns the place of each index in an order.
func places(order []int) []int {
	at := make([]int, len(order))
	for place, i := range order {
		at[i] = place
	}
	return at
}

// skips reports whether documents that cannot be read are skipped.
func (o Options) skips(docs []media.Document) (bool, error) {
	switch o.OnError {
	case Stop, Skip:
		return o.OnError == Skip, nil
	case "":
		return mediumOf(docs) != media.Text, nil
	}
	return false, fmt.Errorf("data.on_error %q is unknown; it must be %s or %s", o.OnError, Stop, Skip)
}

// mediumOf returns the medium of documents.
func mediumOf(docs []media.Document) media.Medium {
	if len(docs) == 0 || docs[0].Medium == media.Any {
		return media.Text
	}
	return docs[0].Medium
}

// checkSplits refuses empty splits. Only if the documents set the splits may
// test be empty.
func (h *Header) checkSplits() error {
	switch {
	case h.Tokens == 0:
		return errors.New("the data is empty; name a file or folder with content")
	case h.SplitRule == RuleExplicit && h.Splits.Train.Length == 0:
		return errors.New("no document is in split train, but others are in validation, test or holdout; add some to train")
	case h.SplitRule == RuleExplicit && h.Splits.Validation.Length == 0:
		return errors.New("no document is in split validation, but others are in train, test or holdout; add some to validation")
	case h.Provenance.Holdout > 0 && h.Splits.Holdout.Length == 0:
		return fmt.Errorf("%s %s too few to hold out %.4g %% of; use more data or a larger share", typeset.Counted(h.Tokens, "token"), typeset.Are(h.Tokens), 100*h.Provenance.Holdout)
	case h.SplitRule == RuleExplicit:
		return nil
	case h.Splits.Train.Length == 0 || h.Splits.Validation.Length == 0 || h.Splits.Test.Length == 0:
		return fmt.Errorf("%s %s too few to split into training, validation and test; use more data", typeset.Counted(h.Tokens, "token"), typeset.Are(h.Tokens))
	}
	return nil
}

func provenance(path string, docs []media.Document, o Options) Provenance {
	p := Provenance{
		Path: validUTF8(path), Codec: o.Codec, MinCount: o.MinCount,
		OnError: o.OnError, Windows: o.Windows, Holdout: o.Holdout, PreparedWith: o.PreparedWith, LeftOut: o.Left, Rules: Rules, Sources: make([]Source, len(docs)),
	}
	if mediumOf(docs) == media.Audio {
		p.Rate, p.Level = o.Rate, o.Level
	}
	for i, d := range docs {
		// Some file systems have years that JSON does not.
		modified := d.Modified.UTC()
		if y := modified.Year(); y < 0 || y > 9999 {
			modified = time.Time{}
		}
		p.Sources[i] = Source{Name: validUTF8(d.Name), Size: d.Size, Modified: modified}
	}
	return p
}

// validUTF8 returns a name as JSON can hold it.
func validUTF8(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// A meter counts the bytes read of several documents at a time, and stops
// reading when its context ends.
type meter struct {
	ctx         context.Context
	mu          sync.Mutex // guards the fields below
	done, total int64
	report      func(done, total int64)
}

func newMeter(ctx context.Context, docs []media.Document, twice bool, report func(done, total int64)) *meter {
	m := &meter{ctx: ctx, report: report}
	for _, d := range docs {
		if d.Size < 0 {
			m.total = -1
			return m
		}
		m.total += d.Size
	}
	if twice {
		m.total *= 2
	}
	return m
}

// documents returns docs with readers that count.
func (m *meter) documents(docs []media.Document) []media.Document {
	metered := make([]media.Document, len(docs))
	for i, d := range docs {
		metered[i] = d
		metered[i].Open = func() (io.ReadCloser, error) {
			r, err := d.Open()
			if err != nil {
				return nil, err
			}
			return &meteredReader{r, m}, nil
		}
	}
	return metered
}

// finish reports the end. Without it, progress would stop short if the census
// ended early or a file has shrunk.
func (m *meter) finish() {
	if m.report != nil {
		m.report(max(m.done, m.total), max(m.done, m.total))
	}
}

type meteredReader struct {
	io.ReadCloser
	meter *meter
}

func (r *meteredReader) Read(p []byte) (int, error) {
	if err := r.meter.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	m := r.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += int64(n)
	if m.report != nil && n > 0 {
		total := m.total
		if total >= 0 {
			total = max(total, m.done) // a file may grow while it is read
		}
		m.report(m.done, total)
	}
	return n, err
}
