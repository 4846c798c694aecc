package dataset_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
)

// Prepare a text that is in memory, and draw a window to train on.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	lines := strings.Repeat("the same line again and again ", 100)
	docs := []media.Document{{
		Name: "lines",
		Size: int64(len(lines)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil },
	}}
	set, err := dataset.Prepare(context.Background(), dir, "lines", docs, dataset.Options{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer set.Close()

	h := set.Header
	fmt.Println(h.Codec, h.Tokens, h.Splits.Train.Length, h.Splits.Validation.Length, h.Splits.Test.Length)
	fmt.Printf("%.2f nats, given the character before %.2f\n", h.Entropy.Unigram, h.Entropy.Bigram)

	window := make([]uint16, 31) // context 30: inputs are the first, targets the last 30
	const seed, step, index = 1, 0, 0
	if _, err := set.Draw(window, seed, step, index); err != nil {
		fmt.Println(err)
		return
	}
	var characters bytes.Buffer
	if err := set.Codec.Decode(&characters, window); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", &characters)

	places, err := set.Windows(dataset.Validation, 3, len(window))
	fmt.Println(places, err)
	// Output:
	// text8 3000 2700 150 150
	// 2.23 nats, given the character before 0.65
	// "line again and again the same l"
	// [0 59 119] <nil>
}
