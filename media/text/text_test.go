package text

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

type codec interface {
	Encode(r io.Reader, emit func(ids []uint16) error) ([]string, error)
	Decode(w io.Writer, ids []uint16) error
}

// encode returns the tokens of a text, which every way of cutting the stream
// into reads must give.
func encode(t *testing.T, c codec, content string) ([]uint16, error) {
	t.Helper()
	var want []uint16
	var wantErr error
	for i, r := range []io.Reader{
		strings.NewReader(content),
		iotest.OneByteReader(strings.NewReader(content)),
		iotest.HalfReader(strings.NewReader(content)),
		iotest.DataErrReader(strings.NewReader(content)),
	} {
		var got []uint16
		_, err := c.Encode(r, func(ids []uint16) error {
			got = append(got, ids...)
			return nil
		})
		if i == 0 {
			want, wantErr = got, err
			continue
		}
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("reader %d: error %v, another way of reading gives %v", i, err, wantErr)
		}
		if err == nil && !slices.Equal(got, want) {
			t.Fatalf("reader %d gives other tokens", i)
		}
	}
	return want, wantErr
}

func decode(t *testing.T, c codec, ids []uint16) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Decode(&out, ids); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func census(t *testing.T, texts ...string) *Census {
	t.Helper()
	c := NewCensus()
	for _, s := range texts {
		if err := c.Scan(strings.NewReader(s)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func fit(t *testing.T, minCount int, texts ...string) *Chars {
	t.Helper()
	c, err := Fit(census(t, texts...), minCount)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestText8Tokens(t *testing.T) {
	ids, err := encode(t, Text8{}, " anarchism z")
	want := []uint16{0, 1, 14, 1, 18, 3, 8, 9, 19, 13, 0, 26}
	if err != nil || !slices.Equal(ids, want) {
		t.Errorf("tokens %v, %v; want %v", ids, err, want)
	}
}

func TestRoundTrips(t *testing.T) {
	long := strings.Repeat("the quick brown fox ", 3*blockSize/20) // several blocks
	// Characters of one to four bytes, so that sequences lie across the ends of
	// blocks in every way.
	mixed := strings.Repeat("aé€😀", blockSize/4)
	var every []byte
	for i := range 3 * blockSize {
		every = append(every, byte(i*7))
	}
	tests := []struct {
		name    string
		codec   codec
		content string
		tokens  int
	}{
		{"text8", Text8{}, long, len(long)},
		{"text8, nothing", Text8{}, "", 0},
		{"bytes", Bytes{}, string(every), len(every)},
		{"chars", fit(t, 1, mixed), mixed, blockSize},
		{"chars, shifted", fit(t, 1, "b"+mixed), "b" + mixed, blockSize + 1},
		{"chars, all rare", fit(t, blockSize, mixed), mixed, len(mixed)},
		{"chars, U+FFFD", fit(t, 1, "\uFFFD\x00"), "\x00\uFFFD", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids, err := encode(t, test.codec, test.content)
			if err != nil {
				t.Fatal(err)
			}
			if len(ids) != test.tokens {
				t.Errorf("%d tokens, want %d", len(ids), test.tokens)
			}
			if got := decode(t, test.codec, ids); got != test.content {
				t.Errorf("decodes to other text of %d bytes", len(got))
			}
		})
	}
}

func TestCharsVocabulary(t *testing.T) {
	// ü and $ are rare; ü is 0xc3 0xbc, é is 0xc3 0xa9.
	content := "zzéébb" + "ü$" + "aa"
	c := fit(t, 2, content)
	if got := c.Characters(); got != "abzé" {
		t.Errorf("characters %q, want %q", got, "abzé")
	}
	if got := c.Bytes(); !bytes.Equal(got, []byte{'$', 0xbc, 0xc3}) {
		t.Errorf("bytes %x, want 24bcc3", got)
	}
	ids, err := encode(t, c, content)
	want := []uint16{2, 2, 3, 3, 1, 1, 6, 5, 4, 0, 0}
	if err != nil || !slices.Equal(ids, want) {
		t.Errorf("tokens %v, %v; want %v", ids, err, want)
	}
	if got := c.Units(ids); got != 10 {
		t.Errorf("%d characters, want 10", got)
	}
	if got := c.Units(ids[7:]); got != 3 {
		t.Errorf("%d characters begin after the first byte of ü, want 3", got)
	}
	// What a model samples need not be UTF-8.
	if got := decode(t, c, []uint16{5, 6, 3}); got != "\xbc\xc3é" {
		t.Errorf("decodes to %q", got)
	}
}

// Characters that are no tokens can still be written with the bytes that are.
func TestCharsPrompt(t *testing.T) {
	c := fit(t, 2, "aaüé") // bytes c3, bc, a9
	if ids, err := encode(t, c, "aéüa"); err != nil || decode(t, c, ids) != "aéüa" {
		t.Errorf("tokens %v, %v", ids, err)
	}
}

func TestRefusals(t *testing.T) {
	wide := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteRune(rune(0x10000 + i))
		}
		return b.String()
	}
	pad := strings.Repeat("a", blockSize-2)
	chars := fit(t, 2, "aabb€")
	tests := []struct {
		name string
		run  func() error
		want []string
	}{
		{"text8, capital", encoding(t, Text8{}, "ab X"), []string{"byte 3", "'X'", "text8", "codec chars"}},
		{"text8, newline", encoding(t, Text8{}, "ab\n"), []string{"byte 2", `'\n'`}},
		{"text8, across blocks", encoding(t, Text8{}, pad+"a€"), []string{"byte 65535", "'€' (U+20AC)"}},
		{"text8, no UTF-8", encoding(t, Text8{}, "ab\xff"), []string{"byte 2", "0xff"}},
		{"chars, unknown", encoding(t, chars, "ab日"), []string{"byte 2", "'日' (U+65E5)", "codec bytes"}},
		{"chars, unknown ASCII", encoding(t, chars, "abc"), []string{"byte 2", "'c'"}},
		{"chars, no UTF-8", encoding(t, chars, pad+"ab\xe2\x82"), []string{"byte 65536", "0xe2", "codec bytes"}},
		{"census, no UTF-8", func() error {
			return NewCensus().Scan(iotest.OneByteReader(strings.NewReader("€\xc3(")))
		}, []string{"byte 3", "0xc3", "codec bytes"}},
		{"census, cut short", func() error { return NewCensus().Scan(strings.NewReader("ab€"[:4])) },
			[]string{"byte 2", "0xe2"}},
		{"too many", func() error { _, err := Fit(census(t, wide(maxSymbols+1)), 1); return err },
			[]string{"65537", "65536", "min_count", "codec bytes"}},
		{"as many as there can be", func() error { _, err := Fit(census(t, wide(maxSymbols)), 1); return err }, nil},
		{"no text", func() error { _, err := Fit(NewCensus(), 1); return err }, []string{"no character"}},
		{"minimum", func() error { _, err := Fit(census(t, "a"), -1); return err }, []string{"min_count", "-1"}},
		{"vocabulary unordered", func() error { _, err := NewChars("ba", nil); return err }, []string{"'a'"}},
		{"vocabulary repeats", func() error { _, err := NewChars("aa", nil); return err }, []string{"'a'"}},
		{"bytes repeat", func() error { _, err := NewChars("", []byte{3, 3}); return err }, []string{"0x03"}},
		{"vocabulary no UTF-8", func() error { _, err := NewChars("\xff", nil); return err }, []string{"UTF-8"}},
		{"no vocabulary", func() error { _, err := NewChars("", nil); return err }, []string{"empty"}},
		{"text8, token", func() error { return Text8{}.Decode(io.Discard, []uint16{0, 27}) }, []string{"27", "vocabulary"}},
		{"bytes, token", func() error { return Bytes{}.Decode(io.Discard, []uint16{256}) }, []string{"256", "vocabulary"}},
		{"chars, token", func() error { return chars.Decode(io.Discard, []uint16{5}) }, []string{"5", "vocabulary"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.run()
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, s := range test.want {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not name %q", err, s)
				}
			}
		})
	}
}

func encoding(t *testing.T, c codec, content string) func() error {
	return func() error { _, err := encode(t, c, content); return err }
}

// An archive that ends too early says io.ErrUnexpectedEOF, which must not be
// taken for the end of the text.
func TestReadErrors(t *testing.T) {
	for _, want := range []error{io.ErrUnexpectedEOF, iotest.ErrTimeout} {
		r := io.MultiReader(strings.NewReader("some text"), iotest.ErrReader(want))
		_, err := Bytes{}.Encode(r, func([]uint16) error { return nil })
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "byte 9") {
			t.Errorf("error %v, want %v at byte 9", err, want)
		}
	}
	if _, err := (Bytes{}).Encode(stuck{}, nil); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
	stop := errors.New("stop")
	if _, err := (Text8{}).Encode(strings.NewReader("a"), func([]uint16) error { return stop }); err != stop {
		t.Errorf("an error of emit comes back as %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestCensusText8(t *testing.T) {
	for content, want := range map[string]bool{"some words": true, "Some": false, "word\n": false, "wörter": false} {
		if got := census(t, content).Text8(); got != want {
			t.Errorf("%q: %t", content, got)
		}
	}
}

// repeated is a text of n bytes that is never in memory.
type repeated struct{ n int }

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), r.n)
	for i := range p[:n] {
		p[i] = 'a'
	}
	r.n -= n
	return n, nil
}

func TestMemoryIsBounded(t *testing.T) {
	const size, bound = 16 << 20, 1 << 20
	chars := fit(t, 1, "a")
	skip := func([]uint16) error { return nil }
	for name, run := range map[string]func() ([]string, error){
		"census": func() ([]string, error) { return nil, (&Census{counts: make([]int64, 128)}).Scan(&repeated{size}) },
		"text8":  func() ([]string, error) { return Text8{}.Encode(&repeated{size}, skip) },
		"bytes":  func() ([]string, error) { return Bytes{}.Encode(&repeated{size}, skip) },
		"chars":  func() ([]string, error) { return chars.Encode(&repeated{size}, skip) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := run(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > bound {
			t.Errorf("%s allocates %d bytes for a text of %d", name, used, size)
		}
	}
}
