package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/media"
)

// damage writes a changed file and returns a function that restores it.
func damage(t *testing.T, path string, change func(data []byte) []byte) (restore func()) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(slices.Clone(data)), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	_, dir := prepared(t, Options{}, document("a", "", text(500)))
	replace := func(old, changed string) func([]byte) []byte {
		return func(data []byte) []byte {
			if !bytes.Contains(data, []byte(old)) {
				t.Fatalf("there is no %s", old)
			}
			return bytes.Replace(data, []byte(old), []byte(changed), 1)
		}
	}
	cut := func(n int) func([]byte) []byte { return func(data []byte) []byte { return data[:n] } }
	tests := []struct {
		name, file string
		change     func([]byte) []byte
		want       []string
	}{
		{"empty header", HeaderFile, cut(0), []string{"empty"}},
		{"header cut off", HeaderFile, cut(100), []string{"truncated"}},
		{"newer header", HeaderFile, replace(`"format_version": 1`, `"format_version": 9, "new": 1`), []string{"9", "newer"}},
		{"header without version", HeaderFile, replace(`"format_version": 1,`, ``), []string{"format_version"}},
		{"unknown key", HeaderFile, replace(`"unit"`, `"units"`), []string{`"units"`}},
		{"vocabulary", HeaderFile, replace(`"vocabulary": 27`, `"vocabulary": 70000`), []string{"70000"}},
		{"vocabulary of another codec", HeaderFile, replace(`"vocabulary": 27`, `"vocabulary": 28`), []string{"28", media.CodecFile}},
		{"negative tokens", HeaderFile, replace(`"tokens": 500`, `"tokens": -1`), []string{"-1"}},
		{"more tokens", HeaderFile, replace(`"tokens": 500`, `"tokens": 501`), []string{"501"}},
		{"split", HeaderFile, replace(`"start": 475`, `"start": 474`), []string{"test", "474", "475"}},
		{"split beyond the end", HeaderFile, replace(`"length": 450`, `"length": 9223372036854775807`), []string{"train"}},
		{"document", HeaderFile, replace(`"start": 450,
   "length": 25
`, `"start": 450,
   "length": 24
`), []string{"validation"}},
		{"document in another split", HeaderFile, replace(`"split": "validation"`, `"split": "test"`), []string{"validation"}},
		{"document's name", HeaderFile, replace(`"name": "a",
   "split"`, `"name": "b",
   "split"`), []string{"hash"}},
		{"hash", HeaderFile, replace(`"hash": "`, `"hash": "x`), []string{"hash"}},
		{"no codec", media.CodecFile, cut(0), []string{media.CodecFile}},
		{"newer codec", media.CodecFile, replace(`"format_version":1`, `"format_version":3`), []string{media.CodecFile, "3", "newer"}},
		{"other codec", media.CodecFile, replace(`"text8","vocabulary":27`, `"bytes","vocabulary":256`), []string{"bytes", "text8"}},
		{"huge codec", media.CodecFile, func([]byte) []byte { return make([]byte, media.MaxCodecFile+1) }, []string{media.CodecFile, "damaged"}},
		{"no tokens", TokensFile, cut(0), []string{TokensFile, "0 bytes", "1000"}},
		{"half a token missing", TokensFile, cut(999), []string{TokensFile, "999 bytes"}},
		{"tokens missing", TokensFile, cut(500), []string{TokensFile, "500 bytes"}},
		{"more tokens than there were", TokensFile, func(data []byte) []byte { return append(data, 0, 0) }, []string{TokensFile, "1002 bytes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer damage(t, filepath.Join(dir, test.file), test.change)()
			s, err := Open(dir)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			for _, want := range append(test.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %q", err, want)
				}
			}
			if newer := errors.Is(err, media.ErrNewerFormat); newer != strings.HasPrefix(test.name, "newer") {
				t.Errorf("taken for a newer format: %t", newer)
			}
		})
	}
	for _, name := range []string{HeaderFile, media.CodecFile, TokensFile} {
		path := filepath.Join(dir, name)
		if err := os.Rename(path, path+"~"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		if got := IsSet(dir); got != (name == media.CodecFile) {
			t.Errorf("without %s it is a set: %t", name, got)
		}
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := Open(dir); err != nil || !IsSet(dir) {
		t.Errorf("restored: %v", err)
	} else {
		s.Close()
	}
}

// Every byte of every file is changed in turn. Either the set does not open or
// verify, or what changed is what only informs.
func TestEveryByteMatters(t *testing.T) {
	s, dir := prepared(t, Options{Holdout: 0.1}, document("a", "", text(60)+"\n\n\n\n\n"))
	masks := []byte{1, 0x20, 0x80}
	if testing.Short() {
		masks = masks[:1]
	}
	for _, name := range []string{HeaderFile, media.CodecFile, TokensFile} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			for _, mask := range masks {
				changed := slices.Clone(data)
				changed[i] ^= mask
				if err := os.WriteFile(path, changed, 0o666); err != nil {
					t.Fatal(err)
				}
				other, err := Open(dir)
				if err != nil {
					continue
				}
				if err := other.Verify(); err == nil {
					h := other.Header
					h.Provenance, h.SplitRule = s.Header.Provenance, s.Header.SplitRule
					// Digits beyond those that Verify compares.
					h.Entropy = s.Header.Entropy
					h.SHA256, h.Hash = strings.ToLower(h.SHA256), strings.ToLower(h.Hash)
					if !cmp.Equal(h, s.Header) || name == TokensFile {
						t.Errorf("%s: byte %d xor %#x is not noticed", name, i, mask)
					}
				}
				other.Close()
			}
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Files that are cut off or damaged while they are open.
func TestReadDamaged(t *testing.T) {
	s, dir := prepared(t, Options{}, document("a", "", text(500)))
	path := filepath.Join(dir, TokensFile)
	dst := make([]uint16, 10)
	for _, test := range []struct {
		name   string
		change func([]byte) []byte
		want   []string
	}{
		{"cut off", func(data []byte) []byte { return data[:207] }, []string{path, "token 103"}},
		{"outside of the vocabulary", func(data []byte) []byte { data[2*105+1] = 0x12; return data }, []string{path, "token 105", "vocabulary of 27"}},
	} {
		restore := damage(t, path, test.change)
		if err := s.Read(dst, Train, 90); err != nil {
			t.Errorf("%s: reading before the place: %v", test.name, err)
		}
		err := s.Read(dst, Train, 100)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not name %q", test.name, err, want)
			}
		}
		if err := s.Verify(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: verify gives %v", test.name, err)
		}
		restore()
	}
	restore := damage(t, path, func(data []byte) []byte { data[98] ^= 1; return data })
	if err := s.Read(dst, Train, 40); err != nil {
		t.Errorf("a token that could be right: %v", err)
	}
	if err := s.Verify(); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("another token: verify gives %v", err)
	}
	restore()
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	s.Close()
	if err := s.Read(dst, Train, 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("reading a closed set: %v", err)
	}
}

func TestReadPlaces(t *testing.T) {
	whole := text(500)
	s, _ := prepared(t, Options{}, document("a", "", whole))
	for split, from := range map[string]int{Train: 0, Validation: 450, Test: 475} {
		for start := range 25 {
			dst := make([]uint16, 25-start)
			if err := s.Read(dst, split, int64(start)); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.Codec.Decode(&out, dst); err != nil || out.String() != whole[from+start:from+25] {
				t.Errorf("%s from %d: %q, %v", split, start, out.String(), err)
			}
		}
	}
	for _, test := range []struct {
		split  string
		start  int64
		length int
	}{
		{Train, -1, 1}, {Train, 450, 1}, {Validation, 24, 2}, {Test, 0, 26}, {Test, 1 << 62, 1}, {Test, -1 << 63, 1}, {"dev", 0, 1},
	} {
		if err := s.Read(make([]uint16, test.length), test.split, test.start); err == nil {
			t.Errorf("%d tokens of %s from %d: no error", test.length, test.split, test.start)
		}
	}
}

func FuzzHeader(f *testing.F) {
	s, _ := prepared(f, Options{Codec: "bytes"}, document("a", "", text(500)), document("b", "", text(80)))
	seed, err := s.Header.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	held, _ := prepared(f, Options{Codec: "bytes", Holdout: 0.2}, document("a", "", text(500)), document("b", "", text(80)))
	if seed, err = held.Header.marshal(); err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"format_version":2}`))
	f.Add([]byte(`{"format_version":1,"vocabulary":1,"tokens":9223372036854775807}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(data)
		if err != nil {
			return
		}
		lengths := map[string]int64{}
		for _, d := range h.Documents {
			r, err := h.Split(d.Split)
			if err != nil || d.Start < r.Start || d.Start+d.Length > r.Start+r.Length {
				t.Fatalf("document %+v is outside of its split %+v", d, r)
			}
			lengths[d.Split] += d.Length
		}
		for name, n := range maps.All(lengths) {
			if r, _ := h.Split(name); r.Length != n {
				t.Fatalf("split %s has %d tokens, its documents %d", name, r.Length, n)
			}
		}
		end := h.Splits.Test.Start + h.Splits.Test.Length
		if r := h.Splits.Holdout; r != (Range{}) {
			if r.Start != end {
				t.Fatalf("the hold-out begins at %d, test ends at %d", r.Start, end)
			}
			end += r.Length
		}
		if end != h.Tokens {
			t.Fatalf("splits end at %d of %d", end, h.Tokens)
		}
		again, err := h.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if second, err := parseHeader(again); err != nil || fmt.Sprint(second) != fmt.Sprint(h) {
			t.Fatalf("written and read it is another header: %v", err)
		}
	})
}
