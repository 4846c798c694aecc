package summary

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published is the folder of results.
var published = filepath.Join("..", "docs", "results")

// holds checks that a page has the text between the line begin and the next
// line <!-- end -->; -update puts it there.
func holds(t *testing.T, page, begin, text string) {
	t.Helper()
	all, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(all), begin+"\n\n")
	old, after, ended := strings.Cut(rest, "\n\n<!-- end -->")
	text = strings.TrimRight(text, "\n")
	switch {
	case !found || !ended:
		t.Errorf("%s has no place for a table, from %s to <!-- end -->", page, begin)
	case *update && old != text:
		if err := os.WriteFile(page, []byte(before+begin+"\n\n"+text+"\n\n<!-- end -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != text:
		t.Errorf("%s differs from the summary; rewrite it with -update if the new table is right:\n%s", page, text)
	}
}

// Every published study has a page, and what the page quotes is what the
// summary beside it says.
func TestPublishedTables(t *testing.T) {
	var index []byte
	for _, page := range []string{filepath.Join(published, "README.md"), firstEdition} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		index = append(index, text...)
	}
	summaries, err := filepath.Glob(filepath.Join(published, "*", FileName))
	if err != nil || len(summaries) == 0 {
		t.Fatalf("%d summaries, error %v", len(summaries), err)
	}
	for _, name := range summaries {
		dir := filepath.Dir(name)
		s, err := Read(dir)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, sample := range s.Samples {
			if sample.File != "" {
				t.Errorf("%s has samples, which begin with an excerpt of the data; report --no-samples leaves them out", dir)
				break
			}
		}
		var table strings.Builder
		if err := WriteMarkdown(&table, s); err != nil {
			t.Fatal(err)
		}
		page, study := filepath.Join(dir, "README.md"), filepath.Base(dir)
		holds(t, page, "<!-- waveletgpt report docs/results/"+study+" --markdown -->", table.String())
		if text, err := os.ReadFile(page); err == nil && !strings.Contains(string(text), "(report.svg)") {
			t.Errorf("%s does not show report.svg", page)
		}
		if !strings.Contains(string(index), "("+study+"/README.md)") {
			t.Errorf("no page of results links %s", page)
		}
	}
}

// publishedSummaries reads all published studies, by name.
func publishedSummaries(t *testing.T) (names []string, all []*Summary) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(published, "*", FileName))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d summaries, error %v", len(paths), err)
	}
	for _, path := range paths {
		s, err := Read(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		names, all = append(names, filepath.Base(filepath.Dir(path))), append(all, s)
	}
	return names, all
}
