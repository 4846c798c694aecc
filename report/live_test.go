package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Each evaluation may be the last so far, the one before training too.
func TestWriteLiveFromTheStart(t *testing.T) {
	for points := 1; points <= 3; points++ {
		s, dir := example(t), t.TempDir()
		s.Comparisons = nil
		for i := range s.Runs {
			r := &s.Runs[i]
			r.Status, r.Curve = summary.Unfinished, r.Curve[:points]
		}
		if err := WriteLive(dir, s, 0); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, PageName))
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"NaN", "Inf"} {
			if strings.Contains(string(data), wrong) {
				t.Errorf("%d points: the page has %s", points, wrong)
			}
		}
	}
}

// The page of runs that are still training is well formed, has the mean over their
// seeds as far as all have come, and loads itself again only if asked to. It does not
// change the summary.
func TestWriteLive(t *testing.T) {
	s, dir := example(t), t.TempDir()
	s.Comparisons = nil
	for i := range s.Runs {
		r := &s.Runs[i]
		r.Status, r.Curve = summary.Unfinished, r.Curve[:10+i]
	}
	for _, test := range []struct {
		refresh time.Duration
		want    string
	}{{0, ""}, {time.Millisecond, `content="1"`}, {90 * time.Second, `content="90"`}} {
		if err := WriteLive(dir, s, test.refresh); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, PageName))
		if err != nil {
			t.Fatal(err)
		}
		page := string(data)
		if _, tag, found := strings.Cut(page, `<meta http-equiv="refresh" `); found != (test.want != "") || !strings.HasPrefix(tag, test.want) {
			t.Errorf("refresh %s: no %q", test.refresh, test.want)
		}
		if wellFormed(t, page) == 0 || !strings.Contains(page, `class="mean s0"`) || !strings.Contains(page, ">training</td>") {
			t.Error("no picture with a mean, or no runs in training")
		}
	}
	if s.Runs[0].Status != summary.Unfinished {
		t.Error("runs of the summary are finished now")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files %v, %v", entries, err)
	}
}
