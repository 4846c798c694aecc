package summary

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTable(t *testing.T) {
	s := compared(t, join(seeds("none", 1, 1, 1), seeds("shift", 0.5, 0.51, 0.5), slowed(1.1, seeds("haar", 0.7, 0.68, 0.71)),
		seeds("window:16", 1.4, 1.4, 1.4))...)
	var out strings.Builder
	if err := WriteTable(&out, s); err != nil {
		t.Fatal(err)
	}
	golden(t, "table.txt", out.String())
}

func TestTableFits(t *testing.T) {
	results := join(seeds("none", 1), seeds("haar:min=2:prefix=count:fraction=0.25:last=off", 0.7), seeds("gone", 1))
	for i := range results {
		results[i].Set = map[string]any{"model.norm": "post"}
		results[i].Parameters = 1_234_567_890
	}
	results[2].Status = Diverged
	var out strings.Builder
	if err := WriteTable(&out, compared(t, results...)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tableWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Count(out.String(), "One seed:") != 1 {
		t.Errorf("what holds for all variants is not said once:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "diverged") {
		t.Errorf("a diverged variant is not marked:\n%s", out.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestTableReportsWriteErrors(t *testing.T) {
	if err := WriteTable(fullDisk{}, example(t)); err == nil {
		t.Error("a failed write is not reported")
	}
}
