package summary

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// absent explains an error of opening the summary in dir: what dir is instead of a
// finished comparison, and what to do.
func absent(dir string, err error) error {
	info, statErr := os.Stat(dir)
	switch {
	case statErr == nil && !info.IsDir() && filepath.Base(dir) == FileName:
		return fmt.Errorf("summary %s: it is a file; name its directory, %s", dir, filepath.Dir(dir))
	case statErr == nil && !info.IsDir():
		return fmt.Errorf("summary %s: it is a file; name a directory that compare wrote, or a table of curves that ends in .csv or .tsv", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("summary: %w", err)
	}
	why := "name a directory that compare wrote"
	switch found := look(dir); {
	case statErr != nil:
		why = "there is no directory " + dir + "; " + why
	case found.run:
		why = "the directory is a run, not a comparison; " + why
	case found.runs > 0:
		why = fmt.Sprintf("the comparison has no summary yet, only %s, %d of them finished; run its compare command again with %s to resume",
			typeset.Counted(found.runs, "run"), found.finished, outOf(dir))
	case len(found.comparisons) > 0:
		why = "it holds other comparisons; name them: " + strings.Join(found.comparisons, " ")
	}
	return fmt.Errorf("summary %s: %w: %s", filepath.Join(dir, FileName), fs.ErrNotExist, why)
}

// damaged adds to an error of decoding the summary in dir how to make it again.
func damaged(dir string, err error) error {
	path := filepath.Join(dir, FileName)
	if errors.Is(err, versioned.ErrNewer) {
		return fmt.Errorf("summary %s: %w", path, err)
	}
	remedy := "restore it from a copy"
	if found := look(dir); found.runs > 0 {
		remedy = fmt.Sprintf("delete it and run its compare command again with %s, which reuses the %s there", outOf(dir), typeset.Counted(found.finished, "finished run"))
	}
	return fmt.Errorf("summary %s: %w; it is damaged or no summary of waveletgpt: %s", path, err, remedy)
}

// outOf are the flags of the command that wrote the comparison in a directory.
func outOf(dir string) string {
	if number, of, ok := PartOf(dir); ok {
		return fmt.Sprintf("--out %s --part %d/%d", filepath.Dir(dir), number, of)
	}
	return "--out " + dir
}

// contents is what a directory has beside or instead of a summary.
type contents struct {
	run            bool // it is a run
	runs, finished int
	comparisons    []string // directories below it with a summary
}

// look counts runs by the names that their files have: docs/format.md.
func look(dir string) (c contents) {
	has := func(path ...string) bool {
		_, err := os.Stat(filepath.Join(path...))
		return err == nil
	}
	c.run = has(dir, "config.toml")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return c
	}
	for _, e := range entries {
		below := filepath.Join(dir, e.Name())
		if has(below, FileName) {
			c.comparisons = append(c.comparisons, below)
		}
		if has(below, "config.toml") {
			c.runs++
			if ended(filepath.Join(below, "metrics.jsonl")) {
				c.finished++
			}
		}
	}
	return c
}

// ended tells whether a log ends as that of a finished run: with the loss on the test
// split or, without one, with a word.
func ended(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > 1024 {
		if _, err := file.Seek(-1024, io.SeekEnd); err != nil {
			return false
		}
	}
	end, err := io.ReadAll(io.LimitReader(file, 1024))
	return err == nil && (bytes.Contains(end, []byte(`"test_loss"`)) || bytes.Contains(end, []byte(`"finished":true`)))
}
