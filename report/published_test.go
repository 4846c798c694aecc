package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

var update = flag.Bool("update", false, "rewrite the pictures of docs/results")

// The pictures of docs/results are what the summaries there say. Their pages
// are not published, but whoever makes one gets it at a size that a browser
// and a mail can take.
func TestPublishedPictures(t *testing.T) {
	results := filepath.Join("..", "docs", "results")
	is := func(picture string, want []byte) {
		published, err := os.ReadFile(picture)
		switch {
		case err == nil && bytes.Equal(published, want):
		case *update:
			if err := os.WriteFile(picture, want, 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is not the picture of its summaries (error %v); rewrite it with -update if the new one is right", picture, err)
		}
	}
	same := func(picture string, dirs ...string) {
		var summaries []*summary.Summary
		for _, dir := range dirs {
			s, err := summary.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			summaries = append(summaries, s)
		}
		out := t.TempDir()
		if err := Write(out, summaries...); err != nil {
			t.Fatal(err)
		}
		if page, err := os.Stat(filepath.Join(out, PageName)); err != nil {
			t.Error(err)
		} else if len(dirs) == 1 && page.Size() > 1_000_000 {
			t.Errorf("%s: its page has %d bytes, more than 1 MB", dirs[0], page.Size())
		}
		want, err := os.ReadFile(filepath.Join(out, pictureName))
		if err != nil {
			t.Fatal(err)
		}
		is(picture, want)
	}
	names, err := filepath.Glob(filepath.Join(results, "*", summary.FileName))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d summaries, error %v", len(names), err)
	}
	for _, name := range names {
		dir := filepath.Dir(name)
		same(filepath.Join(dir, pictureName), dir)
	}
	var overview []string
	for _, name := range []string{
		"text8-paper", "text8-paper-rope", "text8-small", "text8-small-4000", "text8-small-rope", "text8-small-rope-4000",
		"audio-small-rope", "audio-small-rope-4000", "music-small-rope", "music-small-rope-4000",
	} {
		overview = append(overview, filepath.Join(results, name))
	}
	same(filepath.Join(results, "overview.svg"), overview...)

	// The answer: the shares by the length of training, a panel for each of the media.
	media := [][2]string{{"text8", "text"}, {"audio", "raw audio"}, {"music", "music"}}
	var studies []*summary.Summary
	for _, m := range media {
		s, err := summary.Read(filepath.Join(results, m[0]+"-horizons"))
		if err != nil {
			t.Fatal(err)
		}
		studies = append(studies, s)
	}
	var plots []linePlot
	for i, s := range studies {
		plot, ok := sharePlot(s, comparedVariants(studies))
		if !ok {
			t.Fatalf("%s has no shares", s.Data.Name)
		}
		plot.title = media[i][1]
		plots = append(plots, plot)
	}
	is(filepath.Join(results, "answer.svg"), standalone(drawPanels(plots, fullWidth, len(plots), "wide")))
}
