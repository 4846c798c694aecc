package report

import (
	"os"
	"path/filepath"
	"regexp"
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
		if err := WriteLive(dir, 0, LivePart{SoFar: s}); err != nil {
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
		if err := WriteLive(dir, test.refresh, LivePart{SoFar: s}); err != nil {
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
		if wellFormed(t, page) == 0 || !strings.Contains(page, `class="mean s0"`) || !strings.Contains(page, ">unfinished</td>") {
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

// Parts in any order give one page: those that train first, then the finished ones, then
// the rest, each with what it has. No two pictures share an id.
func TestWriteLiveParts(t *testing.T) {
	training := example(t)
	training.Comparisons = nil
	training.Runs[0].Status = summary.Unfinished
	verdict := example(t).Comparisons[0].Outcome
	parts := []LivePart{
		{Name: "rest"}, {Name: "over", Verdict: example(t), Page: "over/report.html"}, {Name: "new", SoFar: training, Others: 2},
		{Name: "more", SoFar: training, Verdict: example(t)},
	}
	ids := regexp.MustCompile(` id="([^"]*)"`)
	for range len(parts) {
		parts = append(parts[1:], parts[0])
		dir := t.TempDir()
		if err := WriteLive(dir, 0, parts...); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, PageName))
		if err != nil {
			t.Fatal(err)
		}
		page := string(data)
		wellFormed(t, page)
		at := map[string]int{}
		for _, want := range []string{"over: finished", "new: unfinished", "more: being extended", "rest: not begun"} {
			if at[want] = strings.Index(page, want); at[want] < 0 {
				t.Errorf("the page has no %q", want)
			}
		}
		if max(at["new: unfinished"], at["more: being extended"]) > at["over: finished"] || at["over: finished"] > at["rest: not begun"] {
			t.Errorf("parts are at %v", at)
		}
		for want, times := range map[string]int{
			"Learning curves so far": 2, `<span class="name">`: 2 * len(example(t).Comparisons), "2 runs on other data": 1, "is being extended": 1,
			`href="over/report.html"`: 1, "Earlier verdicts": 1,
		} {
			if got := strings.Count(page, want); got != times {
				t.Errorf("%q is there %d times, want %d", want, got, times)
			}
		}
		if !strings.Contains(page, ">"+string(verdict)+"<") {
			t.Errorf("no verdict %q", verdict)
		}
		seen := map[string]bool{}
		for _, id := range ids.FindAllStringSubmatch(page, -1) {
			if seen[id[1]] {
				t.Errorf("id %s is there twice", id[1])
			}
			seen[id[1]] = true
		}
	}
}
