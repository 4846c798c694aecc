package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// The pictures of docs/results are what the summaries there say.
func TestPublishedPictures(t *testing.T) {
	results := filepath.Join("..", "docs", "results")
	read := func(dirs ...string) (list []*summary.Summary) {
		for _, dir := range dirs {
			s, err := summary.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
		return list
	}
	same := func(path string, summaries []*summary.Summary, remedy string) {
		published, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(published, newPage(summaries).picture()) {
			t.Errorf("%s is not the picture of its summaries; %s", path, remedy)
		}
	}
	names, err := filepath.Glob(filepath.Join(results, "*", summary.FileName))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d summaries, error %v", len(names), err)
	}
	for _, name := range names {
		dir := filepath.Dir(name)
		same(filepath.Join(dir, PictureName), read(dir), "waveletgpt report "+dir+" makes it again")
	}
	var overview []string
	for _, name := range []string{
		"text8-paper", "text8-paper-rope", "text8-small", "text8-small-4000", "text8-small-rope", "text8-small-rope-4000",
		"audio-small-rope", "audio-small-rope-4000", "music-small-rope", "music-small-rope-4000",
	} {
		overview = append(overview, filepath.Join(results, name))
	}
	same(filepath.Join(results, "overview.svg"), read(overview...), "the command is on the page of results")
}
