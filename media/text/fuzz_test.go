package text

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func FuzzChars(f *testing.F) {
	f.Add([]byte("plain text"), byte(1))
	f.Add([]byte("aé€😀aé€😀x"), byte(2))
	f.Add([]byte("\uFFFD\uFEFF\x00"), byte(9))
	f.Add([]byte("cut \xe2\x82"), byte(1))
	f.Add([]byte("\xed\xa0\x80"), byte(1)) // a surrogate
	f.Add([]byte{}, byte(0))
	f.Fuzz(func(t *testing.T, content []byte, minCount byte) {
		census := NewCensus()
		err := census.Scan(bytes.NewReader(content))
		if valid := utf8.Valid(content); (err == nil) != valid {
			t.Fatalf("error %v, valid UTF-8: %t", err, valid)
		}
		var encoding *EncodingError
		if errors.As(err, &encoding) {
			at := int(encoding.Offset)
			if r, size := utf8.DecodeRune(content[at:]); !utf8.Valid(content[:at]) || r != utf8.RuneError || size > 1 {
				t.Fatalf("offset %d is not the first fault", at)
			}
			return
		}
		c, err := Fit(census, int(minCount))
		if err != nil {
			if len(content) > 0 && minCount > 0 {
				t.Fatal(err)
			}
			return
		}
		var ids []uint16
		_, err = c.Encode(iotest.HalfReader(bytes.NewReader(content)), func(part []uint16) error {
			ids = append(ids, part...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := c.Decode(&out, ids); err != nil || !bytes.Equal(out.Bytes(), content) {
			t.Fatalf("%q becomes %q, %v", content, out.Bytes(), err)
		}
		if got, want := c.Units(ids), utf8.RuneCount(content); got != want {
			t.Fatalf("%d units, want %d characters", got, want)
		}
	})
}

// A prompt may be anything: it is refused or comes back.
func FuzzPrompt(f *testing.F) {
	chars, err := NewChars("\n abcé", []byte{0xa9, 0xc3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("abc"))
	f.Add([]byte("aé©\xc3"))
	f.Fuzz(func(t *testing.T, prompt []byte) {
		for _, c := range []codec{Text8{}, Bytes{}, chars} {
			var out bytes.Buffer
			_, err := c.Encode(bytes.NewReader(prompt), func(ids []uint16) error { return c.Decode(&out, ids) })
			if err == nil && !bytes.Equal(out.Bytes(), prompt) {
				t.Fatalf("%T: %q becomes %q", c, prompt, out.Bytes())
			}
		}
	})
}
