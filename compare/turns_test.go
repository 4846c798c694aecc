package compare

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/summary"
)

// A variant that is added to a finished comparison was timed under another
// load; one that was stopped with the others and goes on with them was not.
func TestApart(t *testing.T) {
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	all := p.Variants
	apart := func(results []summary.Result) (found []string) {
		s := &summary.Summary{Data: summary.Data{Unit: "token", UnitsPerToken: 1}}
		if err := s.Compare(results); err != nil {
			t.Fatal(err)
		}
		for i := range s.Comparisons {
			c := &s.Comparisons[i]
			if len(c.Apart) > 0 {
				found = append(found, c.Variant)
			}
			if told := strings.Contains(c.Verdict, "did not take turns with the baseline"); told != (len(c.Apart) > 0 && c.SecondsSaved != nil) {
				t.Errorf("%s, seeds %d apart: %s", c.Variant, c.Apart, c.Verdict)
			}
		}
		return found
	}

	p.Variants = all[:2]
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := trainAll(ctx, dir, p, set, Watch{Event: func(Event) { cancel() }}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := apart(execute(t, dir, p, set, nil)); got != nil {
		t.Errorf("%v apart, though all runs were stopped and went on together", got)
	}
	p.Variants = all
	results := execute(t, dir, p, set, nil)
	if got := apart(results); !slices.Equal(got, []string{"shift"}) {
		t.Errorf("%v apart, want shift, which was added", got)
	}
	for i := range results {
		results[i].Turns = nil
	}
	if got := apart(results); got != nil {
		t.Errorf("%v apart, though nothing is known of when they were trained", got)
	}
	results[0].Turns = []time.Time{time.Unix(1, 0)}
	if got := apart(results); !slices.Equal(got, []string{"haar", "shift"}) {
		t.Errorf("%v apart, want all: of the baseline alone is it known", got)
	}

	path := filepath.Join(dir, turnsFile)
	for _, document := range []string{`{"format_version":1,"turns":[`, `{"format_version":3}`} {
		if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := trainAll(t.Context(), dir, p, set, Watch{}); err == nil || !strings.Contains(err.Error(), "turns.json") || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%s: %v", document, err)
		}
	}
}
