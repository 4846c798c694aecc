package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var tomlBlock = regexp.MustCompile("(?s)```toml\n# (\\S+\\.toml)\n.*?```")

// Every command of the guides runs, in the order of the page, on small data and with a
// model that trains in a moment. What is shown as output of other programs is not run.
func TestGuides(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell")
	}
	pages, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(pages) < 5 {
		t.Fatalf("%d guides, %v", len(pages), err)
	}
	for i, page := range pages {
		if pages[i], err = filepath.Abs(page); err != nil {
			t.Fatal(err)
		}
	}
	dir := guideData(t) // of one reader, who reads them all
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			text := readFile(t, page)
			t.Chdir(dir)
			for _, block := range tomlBlock.FindAllStringSubmatch(text, -1) {
				content := strings.TrimSuffix(strings.TrimPrefix(block[0], "```toml\n"), "```")
				writeFile(t, block[1], content)
			}
			for line := range strings.Lines(text) {
				if !strings.HasPrefix(line, "    waveletgpt ") {
					continue
				}
				for _, args := range exampleWords(t, line) {
					if out := invoke(t, smaller(args)...); out.code != ExitOK {
						t.Fatalf("%q: code %d\n%s", args, out.code, out.stderr)
					}
				}
			}
		})
	}
}

// guideData is a directory with what the guides call a reader's data.
func guideData(t *testing.T) string {
	t.Helper()
	text, dir := strings.Repeat("It was "+readFile(t, book(t)), 4), t.TempDir()
	writeFile(t, filepath.Join(dir, "book.txt"), text)
	writeFile(t, filepath.Join(dir, "theirs.csv"), "variant,seed,step,loss\ntheirs,1,1,3\ntheirs,1,8,2\n")
	for _, below := range []string{"corpus", "recordings", "pieces"} {
		if err := os.Mkdir(filepath.Join(dir, below), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	tones, err := filepath.Glob(filepath.Join(recordings(t), "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		name := fmt.Sprintf("%02d", i)
		if i == 0 {
			name = "mine"
		}
		writeFile(t, filepath.Join(dir, "corpus", name+".txt"), fmt.Sprintf("Page %d. %s", i, text[1000*i:1000*i+2000]))
		writeFile(t, filepath.Join(dir, "recordings", name+".wav"), readFile(t, tones[i%len(tones)]))
		performance(t, filepath.Join(dir, "pieces", name+".mid"), uint64(i), 60)
	}
	return dir
}

// smaller has train and compare take a model and a schedule that end in a moment. The
// hold-out of a comparison takes what that had.
func smaller(args []string) []string {
	if args[0] != "train" && args[0] != "compare" {
		return args
	}
	args = slices.Concat(args, quickSettings(), []string{"--set", "eval.final_windows=4", "--set", "train.warmup=2"})
	plan := slices.ContainsFunc(args, func(a string) bool { return strings.HasSuffix(a, ".toml") && strings.Contains(readPlan(a), "horizons") })
	if slices.Contains(args, "recordings/") {
		args = append(args, "--set", "data.rate=1000") // samples are seconds of sound
	}
	if slices.Contains(args, "--horizons") || plan {
		// Two settings, where a list would grow at its edges.
		return append(args, "--horizons", "4,6", "--sweep", "lr=2e-3..8e-3", "--trials", "2")
	}
	return args
}

func readPlan(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}
