package media_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/media"
)

// Find the documents of a folder, choose their codec and encode them.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "words.txt"), []byte("small waves"), 0o666); err != nil {
		fmt.Println(err)
		return
	}

	found, err := media.Find(context.Background(), dir, media.Any)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer found.Close()
	choice, err := media.Choose(found.Documents, media.Options{})
	codec := choice.Codec
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(codec.Name(), codec.Vocabulary(), "symbols, losses per", codec.Unit())

	r, err := found.Documents[0].Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	_, err = codec.Encode(r, func(ids []uint16) error {
		fmt.Println(ids)
		return codec.Decode(os.Stdout, ids)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// text8 27 symbols, losses per character
	// [19 13 1 12 12 0 23 1 22 5 19]
	// small waves
}
