package waveletgpt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt"
	"github.com/waveletgpt/waveletgpt/config"
)

// Train a small model on a text and let it go on with a prompt.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	book := filepath.Join(dir, "book.txt")
	if err := os.WriteFile(book, []byte(strings.Repeat("small waves on large waves ", 200)), 0o666); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	set, err := waveletgpt.PrepareText(ctx, filepath.Join(dir, "run", "data"), book)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer set.Close()

	c, err := config.Preset("tiny")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, setting := range []string{"model.mixer=haar", "train.steps=40", "train.lr=1e-2"} {
		if err := c.Set(setting); err != nil {
			fmt.Println(err)
			return
		}
	}
	if _, err := waveletgpt.Train(ctx, filepath.Join(dir, "run"), c, set, waveletgpt.Watch{}); err != nil {
		fmt.Println(err)
		return
	}

	m, err := waveletgpt.Open(filepath.Join(dir, "run"))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := m.Generate(ctx, "small waves", waveletgpt.Options{Tokens: 24})
	fmt.Printf("%d parameters, codec %s: %q %v\n", m.Parameters(), m.Codec.Name(), text, err)
	// Output:
	// 28224 parameters, codec text8: " on large waves small wa" <nil>
}

// Train on tokens that are made here: twelve notes up and down.
func ExamplePrepareTokens() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	var notes []uint16
	for i := range 3000 {
		notes = append(notes, uint16(min(i%22, 22-i%22)))
	}

	ctx := context.Background()
	set, err := waveletgpt.PrepareTokens(ctx, filepath.Join(dir, "data"), 12, notes)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer set.Close()
	c, err := config.Preset("tiny")
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Train.LR, c.Train.Steps = 1e-2, 60
	m, err := waveletgpt.Train(ctx, dir, c, set, waveletgpt.Watch{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.GenerateTokens(ctx, []uint16{8, 9}, waveletgpt.Options{Tokens: 8}))
	fmt.Println(m.Generate(ctx, "3 2 1", waveletgpt.Options{Tokens: 4}))
	// Output:
	// [10 11 10 9 8 7 6 5] <nil>
	//  0 1 2 3 <nil>
}
