package summary

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
		if err := WriteMarkdown(&table, s); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), strings.TrimRight(table.String(), "\n")) {
			t.Errorf("%s: README.md does not hold its table, which is now\n%s", dir, table.String())
		}
		picture := filepath.Base(dir) + "/report.svg"
		if _, err := os.Stat(filepath.Join(results, picture)); err != nil || !strings.Contains(string(page), "("+picture+")") {
			t.Errorf("README.md does not show %s: %v", picture, err)
		}
		report, err := os.Stat(filepath.Join(dir, "report.html"))
		if err != nil {
			t.Error(err)
		} else if report.Size() > 1_000_000 {
			t.Errorf("%s: report.html has %d bytes; a published one has 1 MB at most", dir, report.Size())
		}
	}
}

// The answer that README.md and the page of results open with; -v prints it.
func TestPublishedAnswer(t *testing.T) {
	results := filepath.Join("..", "docs", "results")
	rows := [][]string{{"data", "`haar`: steps saved (95 %), seconds saved", "`shift`", "`haar:delay=1`", "`past`",
		"final loss of `haar` to that of `shift`, nats (95 %)", "of `haar:delay=1`", "of `past`"}}
	for _, data := range []struct{ name, dir string }{
		{"text, learned positions, paper's size", "text8-paper"}, {"text, rotary, paper's size", "text8-paper-rope"},
		{"text, learned positions", "text8-small"}, {"text, learned positions, 4,000 steps", "text8-small-4000"},
		{"text, rotary", "text8-small-rope"}, {"text, rotary, 4,000 steps", "text8-small-rope-4000"},
		{"raw audio, rotary", "audio-small-rope"}, {"raw audio, rotary, 4,000 steps", "audio-small-rope-4000"},
		{"music, rotary", "music-small-rope"}, {"music, rotary, 4,000 steps", "music-small-rope-4000"},
	} {
		s, err := Read(filepath.Join(results, data.dir))
		if err != nil {
			t.Fatal(err)
		}
		row, toShift := []string{data.name}, []string{}
		for _, spec := range []string{"haar", "shift", "haar:delay=1", "haar:delay=1:share=halving"} {
			label := spec
			for i := range s.Comparisons {
				if s.Comparisons[i].Variant == spec {
					label = s.Comparisons[i].Label() // it may have a name
				}
			}
			r := s.Row(label)
			saved := WithInterval(r.StepsSaved, r.StepsSavedInterval)
			if saved == "" && r.Steps == "never" {
				saved = r.Steps
			}
			if r.SecondsSaved != "" {
				saved += ", " + r.SecondsSaved
			}
			row = append(row, saved)
			if spec != "shift" {
				toShift = append(toShift, r.Control("shift"))
			}
		}
		rows = append(rows, append(row, toShift...))
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	t.Logf("\n%s", &table)
	for _, page := range []string{filepath.Join("..", "README.md"), filepath.Join(results, "README.md")} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), table.String()) {
			t.Errorf("%s does not hold the table of this test", page)
		}
	}
}
