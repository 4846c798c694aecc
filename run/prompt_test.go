package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/text"
)

// Without a prompt a text begins as a line does.
func TestPrompt(t *testing.T) {
	chars := func(symbols string) media.Codec {
		c, err := text.NewChars(symbols, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, test := range []struct {
		codec  media.Codec
		prompt string
		want   []uint16
	}{
		{chars("\n ab"), "", []uint16{0}},
		{chars(" ab\u2028"), "", []uint16{0}},
		{chars("!\"ab"), "", []uint16{0}},
		{chars("\t\n ab"), "", []uint16{1}},
		{chars("\t ab"), "", []uint16{1}},
		{text.Text8{}, "", []uint16{0}},
		{text.Bytes{}, "", []uint16{'\n'}},
		{chars("\n ab"), "ba ", []uint16{3, 2, 1}},
	} {
		if got, err := (&Model{Codec: test.codec}).Prompt(test.prompt); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q with %s: %v, want %v, %v", test.prompt, test.codec.Name(), got, test.want, err)
		}
	}
	for _, prompt := range []string{"a\nc", "a\xff"} {
		if _, err := (&Model{Codec: chars("\n ab")}).Prompt(prompt); err == nil || !strings.Contains(err.Error(), "byte") {
			t.Errorf("%q: %v", prompt, err)
		}
	}
}
