package checkpoint_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
)

func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	store := checkpoint.New(filepath.Join(dir, "checkpoints"))
	for step := 100; step <= 300; step += 100 {
		err := store.Save(step, map[string]string{"data": "5e88"}, []checkpoint.File{
			{Name: "weights.txt", Write: func(w io.Writer) error {
				_, err := fmt.Fprintln(w, "weights at", step)
				return err
			}},
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	if err := store.Prune(1, 100); err != nil { // the newest, and step 100 as the best
		fmt.Println(err)
	}

	found, damaged, err := store.Latest(true)
	if err != nil || found == nil {
		fmt.Println(damaged, err)
		return
	}
	steps, err := store.Steps()
	fmt.Println(found.Step, found.Labels["data"], steps, err)
	// Output: 300 5e88 [100 300] <nil>
}
