package compare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the page of results quotes is what the summaries beside it say.
func TestPublishedTables(t *testing.T) {
	results := filepath.Join("..", "docs", "results")
	page, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	summaries, err := filepath.Glob(filepath.Join(results, "*", FileName))
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
		var table strings.Builder
		if err := WriteTable(&table, s); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), strings.TrimRight(table.String(), "\n")) {
			t.Errorf("%s: README.md does not hold its table, which is now\n%s", dir, table.String())
		}
		report, err := os.Stat(filepath.Join(dir, "report.html"))
		if err != nil {
			t.Error(err)
		} else if report.Size() > 1_000_000 {
			t.Errorf("%s: report.html has %d bytes; a published one has 1 MB at most", dir, report.Size())
		}
	}
}
