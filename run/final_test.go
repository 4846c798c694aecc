package run

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

func TestFinalEvaluation(t *testing.T) {
	r := create(t)
	if all, err := r.FinalEvaluation(); all != nil || err != nil {
		t.Errorf("before there is one: %v, %v", all, err)
	}
	want := []FinalWindow{{Document: 3, Tokens: 16, Loss: 1.5}, {Document: 258, Tokens: 2, Loss: -0.25}}
	if err := r.WriteFinalEvaluation(want); err != nil {
		t.Fatal(err)
	}
	if got, err := r.FinalEvaluation(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	// By hand, from docs/format.md.
	bytesOf := []byte("WGPTFINL\x01\x00\x00\x00\x02\x00\x00\x00" +
		"\x03\x00\x00\x00\x10\x00\x00\x00\x00\x00\xc0\x3f" + "\x02\x01\x00\x00\x02\x00\x00\x00\x00\x00\x80\xbe")
	good, err := os.ReadFile(r.Path(FinalFile))
	if err != nil || !bytes.Equal(good, bytesOf) {
		t.Fatalf("%q, %v", good, err)
	}
	for _, test := range []struct {
		name  string
		spoil func(data []byte) []byte
		want  string
	}{
		{"another file", func(data []byte) []byte { data[0] = 'X'; return data }, "not a file of evaluations"},
		{"a newer format", func(data []byte) []byte { data[8] = 2; return data }, "format_version is 2"},
		{"too many windows", func(data []byte) []byte { data[15] = 0xff; return data }, "damaged"},
		{"one window more", func(data []byte) []byte { data[12]++; return data }, "3 windows in 24 bytes"},
		{"cut off", func(data []byte) []byte { return data[:len(data)-1] }, "2 windows in 23 bytes"},
		{"no header", func(data []byte) []byte { return data[:15] }, "fewer than its header"},
		{"no tokens", func(data []byte) []byte { data[20] = 0; return data }, "window 0 has no tokens"},
	} {
		if err := os.WriteFile(r.Path(FinalFile), test.spoil(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := r.FinalEvaluation()
		says(t, err, r.Path(FinalFile), test.want)
	}
}
