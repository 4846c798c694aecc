package media

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media/text"
)

func document(name, content string) Document {
	return Document{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func TestChoose(t *testing.T) {
	var wide strings.Builder
	for i := range 600 {
		wide.WriteRune(rune(0x4e00 + i))
	}
	tests := []struct {
		name       string
		texts      []string
		codec      string
		minCount   int
		want       string
		vocabulary int
	}{
		{"words", []string{"some words", "and more"}, "", 0, "text8", 27},
		{"text", []string{"some words", strings.Repeat("AB", 5)}, "", 1, "chars", 10},
		{"rare by default", []string{"AAAAABBBB"}, "", 0, "chars", 2},
		{"many characters", []string{wide.String()}, "", 1, "bytes", 256},
		{"many rare characters", []string{wide.String()}, "", 2, "chars", 66}, // e4, e5 and the 64 bytes that go on
		{"many, asked for", []string{wide.String()}, "chars", 1, "chars", 600},
		{"not UTF-8", []string{"sch\xf6n", "gr\xfcn"}, "", 0, "bytes", 256},
		{"words as bytes", []string{"some words"}, "bytes", 0, "bytes", 256},
		{"words as chars", []string{"some words"}, "chars", 1, "chars", 8},
		{"numbers as tokens", []string{"1 2 3"}, "ids:500", 0, "ids", 500},
	}
	for _, test := range tests {
		var docs []Document
		for _, s := range test.texts {
			docs = append(docs, document("d", s))
		}
		choice, err := Choose(docs, Options{Codec: test.codec, MinCount: test.minCount})
		c := choice.Codec
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if c.Name() != test.want || c.Vocabulary() != test.vocabulary {
			t.Errorf("%s: %s with %d symbols, want %s with %d", test.name, c.Name(), c.Vocabulary(), test.want, test.vocabulary)
		}
		if file, err := MarshalCodec(c); err != nil {
			t.Error(err)
		} else if again, err := OpenCodec(file); err != nil {
			t.Errorf("%s: %v", file, err)
		} else if second, err := MarshalCodec(again); err != nil || !bytes.Equal(file, second) {
			t.Errorf("%s becomes %s, %v", file, second, err)
		}
	}
}

// A file that is not UTF-8 does not turn all others into bytes, and what is
// skipped has no characters in the vocabulary.
func TestChooseAmongOthers(t *testing.T) {
	docs := []Document{document("a.txt", "some words"), document("b.txt", "ABC gr\xfcn"), document("c.txt", "more")}
	for _, codec := range []string{"", "chars"} {
		_, err := Choose(docs, Options{Codec: codec, MinCount: 1})
		if err == nil || !strings.Contains(err.Error(), "b.txt: byte 6 (0xfc) is not UTF-8; convert the text, or use --codec bytes; 1 of 3 files is not UTF-8") {
			t.Errorf("codec %q: %v", codec, err)
		}
	}
	choice, err := Choose(docs, Options{MinCount: 1, Skip: true})
	c := choice.Codec
	if err != nil || c.Name() != "text8" {
		t.Errorf("without b.txt: %v, %v; want text8", c, err)
	}
	choice, err = Choose(docs[1:2], Options{Skip: true})
	if err != nil || choice.Why != "the text is not UTF-8 (byte 6 is 0xfc); convert it to UTF-8 for losses per character" {
		t.Errorf("b.txt alone: %q, %v", choice.Why, err)
	}
}

func TestChooseRefuses(t *testing.T) {
	broken := document("broken", "")
	broken.Open = func() (io.ReadCloser, error) { return nil, errors.New("no permission") }
	tests := []struct {
		name  string
		doc   Document
		codec string
		want  []string
	}{
		{"unknown codec", document("d", "x"), "utf8", []string{`"utf8"`, "text8, chars, bytes"}},
		{"tokens without a number", document("d", "1"), "ids:", []string{"ids:N"}},
		{"too many tokens", document("d", "1"), "ids:65537", []string{"65536"}},
		{"not UTF-8", document("d.txt", "ab\xff"), "chars", []string{"d.txt", "byte 2", "codec bytes"}},
		{"unreadable", broken, "", []string{"broken", "no permission"}},
		{"empty", document("d", ""), "", []string{"no character"}},
	}
	for _, test := range tests {
		_, err := Choose([]Document{test.doc}, Options{Codec: test.codec})
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		for _, s := range test.want {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not name %q", test.name, err, s)
			}
		}
	}
}

// The file is a format: other programs and older runs depend on it.
func TestCodecFile(t *testing.T) {
	chars, err := text.NewChars("\n <aé", []byte{0x24, 0xff})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		codec Codec
		want  string
	}{
		{text.Text8{}, `{"format_version":1,"codec":"text8","vocabulary":27}`},
		{text.Bytes{}, `{"format_version":1,"codec":"bytes","vocabulary":256}`},
		{text.IDs{Size: 500}, `{"format_version":1,"codec":"ids","vocabulary":500}`},
		{chars, `{"format_version":1,"codec":"chars","vocabulary":7,"characters":"\n <aé","bytes":[36,255]}`},
	} {
		got, err := MarshalCodec(test.codec)
		if err != nil || string(got) != test.want+"\n" {
			t.Errorf("wrote %s, %v; want %s", got, err, test.want)
		}
	}
	if _, err := MarshalCodec(foreign{}); err == nil {
		t.Error("a codec of another program was written")
	}
}

type foreign struct{ text.Bytes }

func TestOpenCodecRefuses(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"nothing", ``, "empty"},
		{"no object", `[1]`, "JSON"},
		{"newer", `{"format_version":2,"codec":"bytes","vocabulary":256,"new":true}`, "format_version is 2"},
		{"no version", `{"codec":"bytes","vocabulary":256}`, "format_version"},
		{"codec", `{"format_version":1,"codec":"bpe","vocabulary":256}`, `"bpe"`},
		{"key", `{"format_version":1,"codec":"bytes","vocabulary":256,"size":1}`, `"size"`},
		{"rest", `{"format_version":1,"codec":"bytes","vocabulary":256}{}`, "after the end"},
		{"size", `{"format_version":1,"codec":"bytes","vocabulary":255}`, "255"},
		{"chars size", `{"format_version":1,"codec":"chars","vocabulary":3,"characters":"ab"}`, "3"},
		{"repeated", `{"format_version":1,"codec":"chars","vocabulary":2,"characters":"aa"}`, "ascending"},
		{"unordered", `{"format_version":1,"codec":"chars","vocabulary":2,"characters":"ba"}`, "ascending"},
		{"bytes repeated", `{"format_version":1,"codec":"chars","vocabulary":2,"characters":"","bytes":[7,7]}`, "ascending"},
		{"no byte", `{"format_version":1,"codec":"chars","vocabulary":1,"characters":"","bytes":[256]}`, "256"},
		{"many bytes", `{"format_version":1,"codec":"chars","vocabulary":300,"characters":"","bytes":[` + strings.Repeat("1,", 299) + `1]}`, "300"},
		{"no characters", `{"format_version":1,"codec":"chars","vocabulary":0}`, "characters"},
		{"empty", `{"format_version":1,"codec":"chars","vocabulary":0,"characters":""}`, "empty"},
		{"no ids", `{"format_version":1,"codec":"ids","vocabulary":0}`, "vocabulary is 0"},
		{"too many ids", `{"format_version":1,"codec":"ids","vocabulary":65537}`, "65537"},
		{"of another codec", `{"format_version":1,"codec":"text8","vocabulary":27,"bytes":[1]}`, "text8"},
		{"huge", `{"format_version":1,"codec":"bytes","vocabulary":256` + strings.Repeat(" ", MaxCodecFile) + `}`, "bytes"},
	}
	for _, test := range tests {
		c, err := OpenCodec([]byte(test.file))
		if err == nil {
			t.Errorf("%s: opened as %s", test.name, c.Name())
			continue
		}
		if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), CodecFile) {
			t.Errorf("%s: %q does not name %q", test.name, err, test.want)
		}
		if newer := errors.Is(err, ErrNewerFormat); newer != (test.name == "newer") {
			t.Errorf("%s: taken for a newer format: %t", test.name, newer)
		}
	}
}

func FuzzOpenCodec(f *testing.F) {
	for _, s := range []string{
		`{"format_version":1,"codec":"text8","vocabulary":27}`,
		`{"format_version":1,"codec":"bytes","vocabulary":256}`,
		`{"format_version":1,"codec":"ids","vocabulary":300}`,
		`{"format_version":1,"codec":"chars","vocabulary":5,"characters":"\n ae\u00e9","bytes":[]}`,
		`{"format_version":1,"codec":"chars","vocabulary":3,"characters":"\ud800","bytes":[0,255]}`,
		`{"format_version":99}`,
		`{"format_version":1,"codec":"performance:88","vocabulary":308}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := OpenCodec(data)
		if err != nil {
			return
		}
		ids := make([]uint16, c.Vocabulary())
		for i := range ids {
			ids[i] = uint16(i)
		}
		if err := c.Decode(io.Discard, ids); err != nil {
			t.Fatal(err)
		}
		if n := c.Units(ids); n < 0 || n > len(ids) {
			t.Fatalf("%d units in %d tokens", n, len(ids))
		}
		file, err := MarshalCodec(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCodec(file); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	})
}

func TestShakespeare(t *testing.T) {
	docs, err := documents(Find(t.Context(), filepath.Join(realdata.Dir(t), "text", "tinyshakespeare-input.txt"), Any))
	if err != nil {
		t.Fatal(err)
	}
	choice, err := Choose(docs, Options{})
	c := choice.Codec
	if err != nil || c.Name() != "chars" || c.Vocabulary() != 65 {
		t.Fatalf("codec %v, %v; want chars with 65 symbols", c, err)
	}
	want := contentOf(t, docs[0])
	var got bytes.Buffer
	tokens, units := 0, 0
	_, err = c.Encode(strings.NewReader(want), func(ids []uint16) error {
		tokens += len(ids)
		units += c.Units(ids)
		return c.Decode(&got, ids)
	})
	if err != nil || tokens != 1115394 || units != 1115394 || got.String() != want {
		t.Errorf("%d tokens, %d characters, the same text: %t; %v", tokens, units, got.String() == want, err)
	}
}
