package waveletgpt_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt"
	"github.com/waveletgpt/waveletgpt/config"
)

// Train a small model on a text and continue a prompt.
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
	fmt.Printf("%d parameters, codec %s: %q %v\n", m.Parameters(), m.Codec(), text, err)
	// Output:
	// 28224 parameters, codec text8: " on large waves small wa" <nil>
}

// Train on tokens of your own: twelve notes, up and down.
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

// Compare the operator of the paper with a plain model, here in very few steps.
func ExampleCompare() {
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
	c.Train.Steps = 8

	summary, err := waveletgpt.Compare(ctx, dir, c, set, waveletgpt.CompareOptions{Variants: []string{"none", "haar"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range summary.Runs {
		fmt.Println(r.Variant, r.Status, *r.FinalLoss < math.Log(12))
	}
	for _, v := range summary.Comparisons { // v.Verdict says the answer in words
		fmt.Println(v.Variant, "against", summary.Baseline, "with seeds", v.Seeds)
	}
	_, err = os.Stat(filepath.Join(dir, "report.html"))
	fmt.Println(err)
	// Output:
	// none finished true
	// haar finished true
	// haar against none with seeds [1]
	// <nil>
}

// Open a model from a file system, as go:embed gives one, and print its text
// while it is generated.
func ExampleOpenFS() {
	dir, err := trainedFolder()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	// In a program that ships its model:
	//
	//	//go:embed model
	//	var files embed.FS
	//	folder, err := fs.Sub(files, "model")
	folder := os.DirFS(filepath.Join(dir, "model"))
	m, err := waveletgpt.OpenFS(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	for text, err := range m.Stream(context.Background(), "small waves", waveletgpt.Options{Tokens: 15}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	// Output: on large waves
}

// trainedFolder trains a model and copies it to the folder "model" of a new
// directory.
func trainedFolder() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "example"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	book := filepath.Join(dir, "book.txt")
	if err := os.WriteFile(book, []byte(strings.Repeat("small waves on large waves ", 200)), 0o666); err != nil {
		return "", err
	}
	ctx := context.Background()
	set, err := waveletgpt.PrepareText(ctx, filepath.Join(dir, "data"), book)
	if err != nil {
		return "", err
	}
	defer set.Close()
	c, err := config.Preset("tiny")
	if err != nil {
		return "", err
	}
	c.Model.Mixer, c.Train.Steps, c.Train.LR = "haar", 40, 1e-2
	m, err := waveletgpt.Train(ctx, filepath.Join(dir, "run"), c, set, waveletgpt.Watch{})
	if err != nil {
		return "", err
	}
	return dir, os.CopyFS(filepath.Join(dir, "model"), os.DirFS(m.Folder()))
}
