package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
)

// tone is a recording of n samples at 8 kHz.
func tone(name, split string, n int, hertz float64) media.Document {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(0.5 * math.Sin(2*math.Pi*hertz*float64(i)/8000))
	}
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, 8000, x); err != nil {
		panic(err) // into memory
	}
	d := document(name, split, file.String())
	d.Medium = media.Audio
	return d
}

// tokens of one document, encoded alone.
func alone(t *testing.T, d media.Document, codec media.Codec) (ids []uint16) {
	t.Helper()
	r, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = codec.Encode(r, func(some []uint16) error {
		ids = append(ids, some...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// Documents that are encoded at the same time are written in their order, long
// ones and short ones, on any number of processors.
func TestEncodeInOrder(t *testing.T) {
	var docs []media.Document
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		n := 1 + random.IntN(200)
		if i%13 == 0 {
			n = ahead*blockTokens/16 + random.IntN(100_000) // more than waits for its turn
		}
		split := []string{Train, Train, Validation, Test}[i%4]
		docs = append(docs, document(fmt.Sprint(i), split, text(n + i)[i:]))
	}
	var hash string
	for _, processors := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		s, _ := prepared(t, Options{Codec: "bytes"}, docs...)
		if hash == "" {
			hash = s.Header.Hash
		}
		if s.Header.Hash != hash {
			t.Fatalf("%d processors: the data is another", processors)
		}
		for _, d := range s.Header.Documents {
			ids := make([]uint16, d.Length)
			if err := s.tokens.read(ids, d.Start); err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(docs, func(x media.Document) bool { return x.Name == d.Name })
			if !slices.Equal(ids, alone(t, docs[i], s.Codec)) {
				t.Errorf("document %s has other tokens", d.Name)
			}
		}
	}
}

// A document that cannot be read is left out without a trace in the tokens, and
// named; or it ends all.
func TestSkip(t *testing.T) {
	broken := tone("c cut.wav", Train, 100_000, 440)
	open := broken.Open
	broken.Open = func() (io.ReadCloser, error) {
		r, err := open()
		return io.NopCloser(io.MultiReader(io.LimitReader(r, 150_000), iotest.ErrReader(errors.New("disk error")))), err
	}
	absent := tone("b absent.wav", Train, 10, 440)
	absent.Open = func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
	good := []media.Document{tone("a.wav", Train, 3000, 440), tone("d.wav", Train, 3000, 500), tone("e.wav", Validation, 3000, 600)}
	empty := document("f empty.wav", Test, "")
	all := []media.Document{good[0], absent, broken, good[1], good[2], empty}

	want, _ := prepared(t, Options{}, good...)
	s, dir := prepared(t, Options{}, all...)
	if s.Header.Hash != want.Header.Hash {
		t.Error("what was skipped is in the data")
	}
	skipped := s.Header.Provenance.Skipped
	if len(skipped) != 3 {
		t.Fatalf("skipped %v", skipped)
	}
	for i, words := range [][2]string{{"b absent.wav", "not exist"}, {"c cut.wav", "disk error"}, {"f empty.wav", "empty"}} {
		if skipped[i].Name != words[0] || !strings.Contains(skipped[i].Reason, words[1]) {
			t.Errorf("skipped %+v, want %v", skipped[i], words)
		}
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if again, ok := Current(dir, "source", all, Options{}); !ok {
		t.Error("the same documents again are not current")
	} else {
		again.Close()
	}

	for name, test := range map[string]struct {
		docs []media.Document
		o    Options
		want []string
	}{
		"asked to stop": {all, Options{OnError: Stop}, []string{"b absent.wav", "not exist"}},
		"text":          {[]media.Document{document("a", "", text(200)), document("b.txt", "", "x"+string(rune(0x80))+"\xff")}, Options{Codec: "text8"}, []string{"b.txt"}},
		"nothing left":  {[]media.Document{absent, broken}, Options{Rate: 8000}, []string{"none of the 2", "b absent.wav"}},
		"no rate":       {[]media.Document{absent, empty}, Options{}, []string{"b absent.wav"}},
		"unknown":       {good, Options{OnError: "ignore"}, []string{"ignore", "stop or skip"}},
	} {
		_, err := Prepare(t.Context(), filepath.Join(t.TempDir(), "set"), "source", test.docs, test.o, nil)
		for _, w := range test.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %v does not name %q", name, err, w)
			}
		}
	}
	// Asked for, text is skipped as well.
	s, _ = prepared(t, Options{Codec: "text8", OnError: Skip}, document("a", "", text(200)), document("b", "", "not of text8!"))
	if h := s.Header; h.Tokens != 200 || len(h.Provenance.Skipped) != 1 {
		t.Errorf("%d tokens, skipped %v", h.Tokens, h.Provenance.Skipped)
	}
}

// An interruption is no error of a document: nothing is skipped for it.
func TestInterruptedIsNotSkipped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := tone("a.wav", "", 1000, 440)
	d.Open = func() (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(iotest.ErrReader(errors.New("x"))), nil
	}
	docs := slices.Repeat([]media.Document{d}, 30)
	_, err := Prepare(ctx, filepath.Join(t.TempDir(), "set"), "source", docs, Options{Rate: 8000}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A disk that is full is no error of a document either.
func TestFullDiskIsNotSkipped(t *testing.T) {
	full := tone("b.wav", "", 1000, 440)
	full.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(iotest.ErrReader(&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})), nil
	}
	docs := []media.Document{tone("a.wav", "", 1000, 440), full}
	_, err := Prepare(t.Context(), filepath.Join(t.TempDir(), "set"), "source", docs, Options{Rate: 8000}, nil)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}

// Where a split is empty because its documents were skipped, the error says why
// they were.
func TestSkippedSplit(t *testing.T) {
	bad := document("b.wav", Validation, "no sound")
	bad.Medium = media.Audio
	docs := []media.Document{tone("a.wav", Train, 1000, 440), bad}
	_, err := Prepare(t.Context(), filepath.Join(t.TempDir(), "set"), "source", docs, Options{Rate: 8000}, nil)
	if err == nil || !strings.Contains(err.Error(), "1 of 2 documents could not be read; first error: b.wav: the content is not WAV") {
		t.Error(err)
	}
}

// Sound is split by files in their order, 88, 6 and 6 %; less than 20 files by
// samples.
func TestSortedSplits(t *testing.T) {
	var docs []media.Document
	for i := range 50 {
		docs = append(docs, tone(fmt.Sprintf("%d.wav", i), "", 100+i, 440))
	}
	s, _ := prepared(t, Options{}, docs...)
	if s.Header.SplitRule != RuleSorted {
		t.Errorf("rule %s", s.Header.SplitRule)
	}
	for i, d := range s.Header.Documents {
		want := Train
		if i >= 44 {
			want = Validation
		}
		if i >= 47 {
			want = Test
		}
		if d.Name != fmt.Sprintf("%d.wav", i) || d.Split != want {
			t.Errorf("document %d is %s in %s", i, d.Name, d.Split)
		}
	}
	s, _ = prepared(t, Options{}, tone("a.wav", "", 700, 440), tone("b.wav", "", 300, 440))
	want := Splits{Train: Range{0, 880, 880}, Validation: Range{880, 60, 60}, Test: Range{940, 60, 60}}
	if s.Header.SplitRule != RuleContiguous || s.Header.Splits != want {
		t.Errorf("rule %s, splits %+v", s.Header.SplitRule, s.Header.Splits)
	}
}

// A context that ends while documents are handed out ends the encoding, each
// time: nobody waits for ever for a document that nobody encodes.
func TestInterruptedAtTheStart(t *testing.T) {
	docs := slices.Repeat([]media.Document{document("a", "", "abc")}, 50)
	choice, err := media.Choose(docs, media.Options{Codec: "bytes"})
	codec := choice.Codec
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokens")
	for i := range 3000 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range i % 50 {
				runtime.Gosched()
			}
			cancel()
		}()
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := &tokenWriter{file: file, sum: sha256.New().(hash.Cloner)}
		if _, err := encodeAll(ctx, codec, docs, w, true); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		file.Close()
		cancel()
	}
}
