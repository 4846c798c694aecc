package summary

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The whole test split, which `waveletgpt eval` measured for every run of some
// studies: the tables of their pages are what the files in their folders test
// say.
func TestPublishedEvaluations(t *testing.T) {
	evaluated, err := filepath.Glob(filepath.Join(published, "*", "test"))
	if err != nil || len(evaluated) == 0 {
		t.Fatalf("%d folders of evaluations, error %v", len(evaluated), err)
	}
	for _, folder := range evaluated {
		s, err := Read(filepath.Dir(folder))
		if err != nil {
			t.Fatal(err)
		}
		rows := [][]string{{"variant", "bits per character, whole test split", "seeds"}}
		for _, label := range s.Labels() {
			var bits float64
			var seeds []string
			for i := range s.Runs {
				r := &s.Runs[i]
				if r.Label() == label {
					b := wholeTest(t, folder, r)
					bits += b
					seeds = append(seeds, fmt.Sprintf("%.3f", b))
				}
			}
			rows = append(rows, []string{"`" + label + "`", fmt.Sprintf("%.3f", bits/float64(len(seeds))), strings.Join(seeds, ", ")})
		}
		var table strings.Builder
		writeMarkdownTable(&table, rows)
		holds(t, filepath.Join(filepath.Dir(folder), "README.md"), "<!-- evaluations -->", table.String())
	}
}

// wholeTest reads the bits per token of the evaluation of a run. The file is named
// after the run's directory, which ends in its hash.
func wholeTest(t *testing.T, folder string, r *Run) float64 {
	names, err := filepath.Glob(filepath.Join(folder, "*-"+r.ConfigHash[:8]+".json"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%s, seed %d: files %q, error %v", r.Label(), r.Seed, names, err)
	}
	name := names[0]
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
	return e.Bits
}
