package compare

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The whole test split, which `waveletgpt eval` measured of every run at the
// paper's configuration: the page's table is what these files say; -v prints it.
func TestPublishedEvaluations(t *testing.T) {
	results := filepath.Join("..", "docs", "results")
	s, err := Read(filepath.Join(results, "text8-paper"))
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"variant", "bits per character, whole test split", "seeds"}}
	for _, label := range s.labels() {
		var bits float64
		var seeds []string
		for i := range s.Runs {
			r := &s.Runs[i]
			if r.Label() != label {
				continue
			}
			name := filepath.Join(results, "text8-paper", "test", runDir(r.Variant, r.Seed, r.ConfigHash)+".json")
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var e struct {
				Bits   float64
				Tokens int64
				Split  string
			}
			if err := json.Unmarshal(text, &e); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e.Split != "test" || e.Tokens < 600_000 {
				t.Errorf("%s: %d tokens of %s", name, e.Tokens, e.Split)
			}
			bits += e.Bits
			seeds = append(seeds, fmt.Sprintf("%.3f", e.Bits))
		}
		rows = append(rows, []string{"`" + label + "`", fmt.Sprintf("%.3f", bits/float64(len(seeds))), strings.Join(seeds, ", ")})
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	t.Logf("\n%s", &table)
	page, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), table.String()) {
		t.Error("the page of results does not hold the table of this test")
	}
}
