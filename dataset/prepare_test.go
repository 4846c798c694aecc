package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
)

func document(name, split, content string) media.Document {
	return media.Document{Name: name, Split: split, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// text is n letters of a generator with a long period, so that a few of them
// tell their place.
func text(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>16%26)
	}
	return string(b)
}

// prepared returns a set of documents, which is closed at the end of the test.
func prepared(t testing.TB, o Options, docs ...media.Document) (*Set, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	s, err := Prepare(t.Context(), dir, "source", docs, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

// decoded returns the text of a split.
func decoded(t *testing.T, s *Set, split string) string {
	t.Helper()
	r, err := s.Header.Split(split)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]uint16, r.Length)
	if err := s.Read(ids, split, 0); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Codec.Decode(&out, ids); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestHeader(t *testing.T) {
	s, dir := prepared(t, Options{MinCount: 2, PreparedWith: "test 1"}, document("\xff", "", strings.Repeat("ab", 50)+"é"))
	h := s.Header
	if h.Codec != "chars" || h.Unit != "character" || h.Vocabulary != 4 || h.Tokens != 102 {
		t.Errorf("codec %s, unit %s, vocabulary %d, tokens %d", h.Codec, h.Unit, h.Vocabulary, h.Tokens)
	}
	if h.Splits.Test != (Range{Start: 96, Length: 6, Units: 5}) || h.Splits.Train != (Range{Length: 91, Units: 91}) {
		t.Errorf("splits %+v", h.Splits)
	}
	p := h.Provenance
	if p.Path != "source" || p.MinCount != 2 || p.PreparedWith != "test 1" || len(p.Sources) != 1 || p.Sources[0].Name != "\uFFFD" {
		t.Errorf("provenance %+v", p)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, TokensFile))
	if err != nil || len(raw) != 204 || binary.LittleEndian.Uint16(raw[2:]) != 1 {
		t.Errorf("tokens.bin is %d bytes, %v", len(raw), err)
	}
	// The identity is that of the data, not of its path or its time.
	again, err := Prepare(t.Context(), t.TempDir(), "elsewhere", []media.Document{document("\xff", "", strings.Repeat("ab", 50)+"é")}, Options{MinCount: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Header.Hash != h.Hash {
		t.Error("the same data has another hash")
	}
	for name, change := range map[string]func(h *Header){
		"tokens":   func(h *Header) { h.SHA256 = strings.Repeat("0", 64) },
		"name":     func(h *Header) { h.Documents[0].Name = "other" },
		"split":    func(h *Header) { h.Documents[0].Split = Test },
		"boundary": func(h *Header) { h.Documents[0].Length-- },
	} {
		codec, _ := os.ReadFile(filepath.Join(dir, media.CodecFile))
		other := h
		other.Documents = append([]Document(nil), h.Documents...)
		change(&other)
		if other.dataHash(codec) == h.Hash {
			t.Errorf("another %s has the same hash", name)
		}
		if h.dataHash(append(codec, ' ')) == h.Hash {
			t.Error("another codec has the same hash")
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	broken := document("broken.txt", "", "x")
	broken.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errors.New("disk error")))), nil
	}
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir string
		options   Options
		docs      []media.Document
		want      []string
	}{
		{"no documents", "", Options{Codec: "bytes"}, nil, []string{"source", "empty"}},
		{"empty", "", Options{Codec: "bytes"}, []media.Document{document("a", "", "")}, []string{"source", "empty"}},
		{"empty, codec chosen", "", Options{}, []media.Document{document("a", "", "")}, []string{"source", "no character"}},
		{"too short", "", Options{}, []media.Document{document("a", "", "abcdefgh")}, []string{"8 tokens", "more data"}},
		{"no validation", "", Options{}, []media.Document{document("a", Train, "a"), document("b", Test, "b")}, []string{"validation"}},
		{"no training", "", Options{}, []media.Document{document("a", Validation, "a")}, []string{"train"}},
		{"a document without split", "", Options{}, []media.Document{document("a", Train, "a"), document("README", "", "b")}, []string{`"README"`, "no split"}},
		{"unknown codec", "", Options{Codec: "bpe"}, []media.Document{document("a", "", text(100))}, []string{`"bpe"`}},
		{"minimum", "", Options{MinCount: -1}, []media.Document{document("a", "", "A"+text(100))}, []string{"min_count"}},
		{"not of the codec", "", Options{Codec: "text8"}, []media.Document{document("a", "", "abc"), document("b.txt", "", "ab!")}, []string{"b.txt", "byte 2", "'!'"}},
		{"unreadable", "", Options{Codec: "bytes"}, []media.Document{broken}, []string{"broken.txt", "byte 3", "disk error"}},
		{"unreadable, codec chosen", "", Options{}, []media.Document{broken}, []string{"broken.txt", "disk error"}},
		{"no folder", occupied, Options{}, []media.Document{document("a", "", text(100))}, []string{occupied}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := test.dir
			if dir == "" {
				dir = filepath.Join(t.TempDir(), "set")
			}
			_, err := Prepare(t.Context(), dir, "source", test.docs, test.options, nil)
			if err == nil {
				t.Fatal("prepared")
			}
			for _, s := range test.want {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not name %q", err, s)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has several lines", err)
			}
			if _, err := os.Stat(dir); test.dir == "" && !errors.Is(err, os.ErrNotExist) {
				t.Error("the folder is left")
			}
		})
	}
}

func TestProgress(t *testing.T) {
	unknown := document("gz", "", text(1000))
	unknown.Size = -1
	for name, test := range map[string]struct {
		docs  []media.Document
		codec string
		total int64
		last  int64
	}{
		"codec given":    {[]media.Document{document("a", "", text(200_000)), document("b", "", text(1000))}, "bytes", 201_000, 201_000},
		"codec chosen":   {[]media.Document{document("a", "", text(200_000))}, "", 400_000, 400_000},
		"not UTF-8":      {[]media.Document{document("a", "", "\xff"+text(200_000))}, "", 400_002, 400_002},
		"size unknown":   {[]media.Document{unknown}, "bytes", -1, 1000},
		"size too small": {[]media.Document{{Name: "grown", Size: 10, Open: document("", "", text(1000)).Open}}, "bytes", 1000, 1000},
	} {
		var done, total int64
		calls := 0
		_, err := Prepare(t.Context(), t.TempDir(), "source", test.docs, Options{Codec: test.codec}, func(d, n int64) {
			if d < done || n >= 0 && d > n {
				t.Errorf("%s: %d of %d after %d", name, d, n, done)
			}
			if calls == 0 && n != test.total {
				t.Errorf("%s: total %d, want %d", name, n, test.total)
			}
			done, total, calls = d, n, calls+1
		})
		if err != nil {
			t.Fatal(err)
		}
		if done != test.last || total != test.last {
			t.Errorf("%s: ends at %d of %d, want %d", name, done, total, test.last)
		}
	}
}

func TestCurrent(t *testing.T) {
	docs := []media.Document{document("a", "", text(500)), document("b", "", text(100))}
	dir := t.TempDir()
	o := Options{Codec: "bytes", MinCount: 3}
	s, err := Prepare(t.Context(), dir, "source", docs, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	current := func(dir, path string, docs []media.Document, o Options) bool {
		s, ok := Current(dir, path, docs, o)
		if ok {
			s.Close()
		}
		return ok
	}
	if !current(dir, "source", docs, o) || !current(dir, "source", docs, Options{Codec: "bytes", MinCount: 3, PreparedWith: "later"}) {
		t.Error("a set is not current right after it was made")
	}
	longer := []media.Document{docs[0], document("b", "", text(101))}
	touched := []media.Document{docs[0], docs[1]}
	touched[1].Modified = touched[1].Modified.Add(1)
	for name, got := range map[string]bool{
		"another folder":  current(t.TempDir(), "source", docs, o),
		"another path":    current(dir, "other", docs, o),
		"another codec":   current(dir, "source", docs, Options{MinCount: 3}),
		"another minimum": current(dir, "source", docs, Options{Codec: "bytes"}),
		"fewer documents": current(dir, "source", docs[:1], o),
		"another size":    current(dir, "source", longer, o),
		"another time":    current(dir, "source", touched, o),
	} {
		if got {
			t.Errorf("%s: the set is taken for current", name)
		}
	}
	if err := os.Truncate(filepath.Join(dir, TokensFile), 2); err != nil {
		t.Fatal(err)
	}
	if current(dir, "source", docs, o) {
		t.Error("a damaged set is taken for current")
	}
}

// A set is not current once a list gives its documents other splits, none, or some
// where they had none. Documents without tokens do not matter.
func TestCurrentSplits(t *testing.T) {
	in := func(splits ...string) (docs []media.Document) {
		for i, split := range splits {
			docs = append(docs, document(string(rune('a'+i)), split, strings.Repeat("1 2 ", 20*min(1, i))))
		}
		return docs
	}
	first := []string{Validation, Train, Validation, Train, Train, Test}
	for name, test := range map[string]struct {
		prepared, now []string
		share         float64
		want          bool
	}{
		"same":         {first, first, 0, true},
		"held out":     {first, first, 0.4, true},
		"moved":        {first, []string{Validation, Train, Train, Validation, Train, Test}, 0, false},
		"one moved":    {first, []string{Validation, Train, Validation, Train, Test, Test}, 0, false},
		"moved beside": {first, []string{Validation, Train, Train, Validation, Train, Test}, 0.4, false},
		"removed":      {first, make([]string, 6), 0, false},
		"added":        {make([]string, 6), first, 0, false},
		"without":      {make([]string, 6), make([]string, 6), 0, true},
		"empty one":    {first, []string{Train, Train, Validation, Train, Train, Test}, 0, true},
	} {
		o := Options{Codec: "ids:9", Holdout: test.share}
		_, dir := prepared(t, o, in(test.prepared...)...)
		s, ok := Current(dir, "source", in(test.now...), o)
		if ok {
			s.Close()
		}
		if ok != test.want {
			t.Errorf("%s: current is %t", name, ok)
		}
	}
}

// A set is not current once there is ffmpeg for documents that were skipped without.
func TestCurrentWithFFmpeg(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	docs := []media.Document{{}, document("b.mp3", "", "\xff\xfb\x90\x64"+strings.Repeat("\x00", 413)+"\xff\xfb\x90\x64"+strings.Repeat("\x00", 413))}
	var wav bytes.Buffer
	sound := make([]float32, 4000)
	for i := range sound {
		sound[i] = float32(i%100) / 200
	}
	if err := audio.WriteWAV(&wav, 8000, sound); err != nil {
		t.Fatal(err)
	}
	docs[0] = document("a.wav", "", wav.String())
	for i := range docs {
		docs[i].Medium = media.Audio
	}
	s, dir := prepared(t, Options{}, docs...)
	if len(s.Header.Provenance.Skipped) != 1 {
		t.Fatalf("skipped %v", s.Header.Provenance.Skipped)
	}
	if again, ok := Current(dir, "source", docs, Options{}); !ok {
		t.Error("not current without ffmpeg")
	} else {
		again.Close()
	}
	if runtime.GOOS == "windows" {
		t.Skip("programs have another name")
	}
	if err := os.WriteFile(filepath.Join(bin, "ffmpeg"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, ok := Current(dir, "source", docs, Options{}); ok {
		t.Error("current with ffmpeg")
	}
}
