package dataset

import (
	"fmt"
	"math"
	"sort"

	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
)

// The values of Options.Windows: where windows lie.
const (
	// WindowsAnywhere lets windows lie anywhere in their split, across the ends
	// of documents.
	WindowsAnywhere = "any"
	// WindowsInDocuments puts each window into one document. A document shorter
	// than a window is a shorter window.
	WindowsInDocuments = "document"
)

// windowRule returns Header.Windows, which is empty for WindowsAnywhere.
func (o Options) windowRule(medium media.Medium) (string, error) {
	switch o.Windows {
	case WindowsInDocuments:
		return WindowsInDocuments, nil
	case WindowsAnywhere:
		return "", nil
	case "":
		if medium == media.Music {
			return WindowsInDocuments, nil
		}
		return "", nil
	}
	return "", fmt.Errorf("data.windows %q is unknown; it must be %s or %s", o.Windows, WindowsInDocuments, WindowsAnywhere)
}

// Draw reads training window number index of a step into dst and returns it.
// The window has len(dst) tokens and begins at a random position, uniform over
// all positions of the training split where a window can begin, with
// replacement. With [WindowsInDocuments] a document of fewer tokens counts as
// one such position, and the window is that document. The position is a
// function of seed, step, index and the lengths only. step is in [0, 2^32).
func (s *Set) Draw(dst []uint16, seed uint64, step, index int) ([]uint16, error) {
	if err := checkPlace(step, index); err != nil {
		return nil, err
	}
	pieces, err := s.pieces(Train, len(dst))
	if err != nil {
		return nil, err
	}
	starts := int64(0)
	for _, p := range pieces {
		starts += p.starts(len(dst))
	}
	at := int64(rng.New(seed, rng.Windows, uint32(step)).Uint64n(uint64(index), uint64(starts)))
	for at >= pieces[0].starts(len(dst)) {
		at -= pieces[0].starts(len(dst))
		pieces = pieces[1:]
	}
	return s.Window(dst, Train, pieces[0].start+at)
}

// Transposes reports whether the codec is a [media.Transposer].
func (s *Set) Transposes() bool {
	_, ok := s.Codec.(media.Transposer)
	return ok
}

// Transpose transposes training window number index of a step in place, by up to
// most semitones down or up. The shift is random, uniform over those for which
// the codec has room. It is a function of seed, step, index and the window only.
func (s *Set) Transpose(window []uint16, seed uint64, step, index, most int) error {
	if err := checkPlace(step, index); err != nil {
		return err
	}
	codec, ok := s.Codec.(media.Transposer)
	if !ok {
		return fmt.Errorf("codec %s has no pitches to transpose; set train.transpose = 0", s.Header.Codec)
	}
	down, up := codec.Room(window)
	down, up = min(down, most), min(up, most)
	random := rng.New(seed, rng.Transposition, uint32(step))
	codec.Transpose(window, int(random.Uint64n(uint64(index), uint64(down+up+1)))-down)
	return nil
}

func checkPlace(step, index int) error {
	if step < 0 || uint64(step) > math.MaxUint32 || index < 0 {
		return fmt.Errorf("window %d of step %d: step and index must be at least 0, step below 2^32", index, step)
	}
	return nil
}

// Windows returns the ascending positions of at most n windows of length tokens
// in a split, evenly spread and without overlap. They depend on nothing else.
// The first window begins with the split and the last ends with it. With
// [WindowsInDocuments] each document is cut into windows from its beginning and
// the rest is left out, but a document shorter than a window is one window.
func (s *Set) Windows(split string, n, length int) ([]int64, error) {
	if n < 1 || length < 1 {
		return nil, fmt.Errorf("%d windows of %d tokens: both must be at least 1", n, length)
	}
	pieces, err := s.pieces(split, length)
	if err != nil {
		return nil, err
	}
	if s.Header.Windows == WindowsInDocuments {
		all := inPieces(pieces, length)
		return evenly(n, int64(len(all)), func(i int64) int64 { return all[i] }), nil
	}
	tokens := pieces[0].length
	count := min(int64(n), tokens/int64(length))
	places := make([]int64, count)
	for i := range places {
		// The step is at least length, so that windows do not overlap.
		places[i] = spread(int64(i), tokens-int64(length), count)
	}
	return places, nil
}

// inPieces cuts documents into windows and returns their positions.
func inPieces(pieces []piece, length int) (all []int64) {
	for _, p := range pieces {
		for i := range max(1, p.length/int64(length)) {
			all = append(all, p.start+i*int64(length))
		}
	}
	return all
}

// evenly returns at most n of count positions, evenly spread.
func evenly(n int, count int64, at func(i int64) int64) []int64 {
	positions := make([]int64, min(int64(n), count))
	for i := range positions {
		positions[i] = at(spread(int64(i), count-1, int64(len(positions))))
	}
	return positions
}

// spread returns position i of count positions from 0 to last:
// floor(i last / (count-1)), without overflow.
func spread(i, last, count int64) int64 {
	gaps := max(count-1, 1)
	return i*(last/gaps) + i*(last%gaps)/gaps
}

// Window reads the tokens of a split from position start into dst and returns
// them: len(dst) tokens, or with [WindowsInDocuments] at most those up to the
// end of the document.
func (s *Set) Window(dst []uint16, split string, start int64) ([]uint16, error) {
	if s.Header.Windows == WindowsInDocuments {
		i, err := s.Document(split, start)
		if err != nil {
			return nil, err
		}
		r, _ := s.Header.Split(split)
		d := s.Header.Documents[i]
		dst = dst[:min(int64(len(dst)), d.Start+d.Length-r.Start-start)]
	}
	return dst, s.Read(dst, split, start)
}

// Document returns the index in Header.Documents of the document that holds the
// token at a position of a split.
func (s *Set) Document(split string, position int64) (int, error) {
	r, err := s.split(split)
	if err != nil {
		return 0, err
	}
	docs := s.Header.Documents
	i := sort.Search(len(docs), func(i int) bool { return docs[i].Start+docs[i].Length > r.Start+position })
	if position < 0 || position >= r.Length || i == len(docs) {
		return 0, fmt.Errorf("token %d is outside split %s, which has %d", position, split, r.Length)
	}
	return i, nil
}

// A piece is a range of a split, from its start, in which windows lie.
type piece struct{ start, length int64 }

// starts is the number of positions where a window of length tokens can begin.
func (p piece) starts(length int) int64 { return max(1, p.length-int64(length)+1) }

// pieces returns the pieces of a split that windows of length tokens lie in, at
// least one. It is the whole split, or with WindowsInDocuments the documents of
// at least two tokens: one to read and one to predict.
func (s *Set) pieces(split string, length int) ([]piece, error) {
	r, err := s.split(split)
	if err != nil {
		return nil, err
	}
	if r.Length == 0 {
		return nil, fmt.Errorf("%s has no %s split; choose another split", s.Header.Provenance.Path, split)
	}
	if s.Header.Windows != WindowsInDocuments {
		if r.Length < int64(length) {
			return nil, fmt.Errorf("the %s split of %s has %s, fewer than the %d of one window (context + 1); use a smaller model.context or more data",
				split, s.Header.Provenance.Path, typeset.Counted(r.Length, "token"), length)
		}
		return []piece{{0, r.Length}}, nil
	}
	var pieces []piece
	for _, d := range s.Header.Documents {
		if d.Split == split && d.Length > 1 {
			pieces = append(pieces, piece{d.Start - r.Start, d.Length})
		}
	}
	if len(pieces) == 0 {
		return nil, fmt.Errorf("the %s split of %s has no document of two tokens; use more data", split, s.Header.Provenance.Path)
	}
	return pieces, nil
}
