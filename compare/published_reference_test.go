package compare

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/reference"
	"github.com/waveletgpt/waveletgpt/summary"
)

var update = flag.Bool("update", false, "rewrite the table of docs/results/first-edition.md")

// The reference lines of the studies of the first edition on text and raw audio, on
// the same windows as the models, stand on its page. Those since have theirs in the summary.
func TestPublishedReferences(t *testing.T) {
	if testing.Short() {
		t.Skip("fits an n-gram to 12.5 MB of text")
	}
	root := realdata.Dir(t)
	sets := map[string]*dataset.Set{}
	for name, path := range map[string]string{"text": "text/text8-first-12500000.zip", "audio": "audio/maestro16k"} {
		found, err := media.Find(t.Context(), filepath.Join(root, filepath.FromSlash(path)), media.Any)
		if err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Prepare(t.Context(), t.TempDir(), name, found.Documents, dataset.Options{Left: found.Left, Rate: 16000}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { set.Close() })
		sets[name] = set
	}
	table := "| data | reference line, nats | models, nats | not below the line |\n|---|---|---|---|\n"
	lines := map[string]*reference.Line{}
	for _, study := range []struct{ data, name, dir string }{
		{"text", "text, rotary", "text8-small-rope"}, {"text", "text, rotary, 4,000 steps", "text8-small-rope-4000"},
		{"text", "text, rotary, paper's size", "text8-paper-rope"},
		{"audio", "raw audio, rotary", "audio-small-rope"}, {"audio", "raw audio, rotary, 4,000 steps", "audio-small-rope-4000"},
	} {
		s, err := summary.Read(filepath.Join(published, study.dir))
		if err != nil {
			t.Fatal(err)
		}
		set, key := sets[study.data], fmt.Sprint(study.data, s.Windows)
		if set.Header.Hash != s.Data.Hash {
			t.Fatalf("%s has data %.8s, the study %.8s", study.data, set.Header.Hash, s.Data.Hash)
		}
		if lines[key] == nil {
			starts, err := set.Windows(dataset.Validation, s.Windows.Number, s.Windows.Length+1)
			if err != nil {
				t.Fatal(err)
			}
			if lines[key], err = reference.Measure(t.Context(), set, s.Windows.Length+1, reference.Windows{Split: dataset.Validation, Starts: starts}); err != nil {
				t.Fatal(err)
			}
		}
		line := lines[key]
		s.References = []summary.Reference{{Name: line.Name, Loss: line.Losses[0].Mean, Split: dataset.Validation}}
		var models []string
		for _, label := range s.Labels() {
			if loss, ok := s.MeanFinalLoss(label); ok {
				models = append(models, fmt.Sprintf("`%s` %s", label, typeset.Loss(loss)))
			}
		}
		over, all := s.References[0].Over(s)
		not := "`" + strings.Join(over, "`, `") + "`"
		switch {
		case all:
			not = "all"
		case len(over) == 0:
			not = ""
		}
		table += fmt.Sprintf("| %s | %s: %s | %s | %s |\n", study.name, line.Name, typeset.Loss(line.Losses[0].Mean), strings.Join(models, ", "), not)
	}
	page := filepath.Join(published, "first-edition.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- references -->\n\n", "\n<!-- end -->"
	before, rest, found := strings.Cut(string(text), begin)
	old, after, ended := strings.Cut(rest, end)
	switch {
	case !found || !ended:
		t.Fatalf("%s has no place for the table of reference lines", page)
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != table:
		t.Errorf("%s differs; rewrite it with -update if this is right:\n%s", page, table)
	}
}
