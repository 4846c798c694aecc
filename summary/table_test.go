package summary

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
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
	for width := leastWidth; width <= tableWidth; width++ {
		text := tableText(compared(t, results...), width, false)
		fits(t, strings.Split(text, "\n"), width)
		if strings.Count(text, "One seed:") != 1 {
			t.Errorf("what holds for all variants is not said once:\n%s", text)
		}
		if !strings.Contains(text, "diverged") {
			t.Errorf("a diverged variant is not marked:\n%s", text)
		}
	}
}

func fits(t *testing.T, lines []string, width int) {
	t.Helper()
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > width {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func plain(_ terminal.Color, text string) string { return text }

// Rows of any numbers, names and verdicts fit, at either grade, variants keep different
// names, and the verdict is complete.
func TestRowsFit(t *testing.T) {
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	numbers := regexp.MustCompile(`^..(.*) 2\.270 .* (0\.020|<0\.001)  `)
	quick := &Summary{}
	full := &Summary{Comparisons: []Comparison{{Grade: Full}}, Runs: []Run{{Status: Finished, Horizon: 20000, Steps: 20000, FinalLoss: pointer(1.)}}}
	for _, names := range [][]string{
		{"none", "haar"},
		{"none", "haar", "shift", "window:16", "past", "taps", "ema:linear", "conv:4", "learned"},
		{"none train.lr=0.001", "none train.lr=0.002", "haar train.lr=0.001", "haar train.lr=0.002"},
		{"haar:min=2:prefix=count:fraction=0.25:last=off", "haar:min=1:prefix=count:fraction=0.25:last=off", "haar:min=2:prefix=count:fraction=0.25:last=on"},
	} {
		for _, verdict := range []string{"faster", string(NoDifference), string(FasterInSteps), "ahead, not significant"} {
			for _, interval := range []*[2]float64{nil, {0.48, 0.51}, {0.994, 1.12}} {
				var rows []Row
				for _, name := range names {
					r := Row{Label: name, Bits: "2.270", Nats: "1.574", Steps: "20,000", Difference: "−0.044", P: "0.020", Verdict: verdict,
						RestsOn: "quick, exploratory", ratio: &Ratio{Value: 0.994, Bound: AtMost, CI95: interval, Seconds: pointer(1.23)}}
					if interval != nil {
						r.DifferenceInterval = "−0.148 to +0.041"
					}
					rows = append(rows, r)
				}
				rows[1].P = "< 0.001"
				for _, s := range []*Summary{quick, full} {
					lines := tableLines(tableCells(s, rows), tableWidth, plain)
					fits(t, lines, tableWidth)
					seen := map[string]bool{}
					var texts []string
					for _, line := range lines[2:] {
						if found := numbers.FindStringSubmatch(line); found != nil {
							seen[strings.TrimSpace(found[1])] = true
							texts = append(texts, line[len(found[0]):])
						} else { // a verdict is wrapped
							texts[len(texts)-1] += " " + line
						}
					}
					if len(seen) != len(names) || len(texts) != len(names) {
						t.Errorf("%d names for %d variants:\n%s", len(seen), len(names), strings.Join(lines, "\n"))
					}
					want := verdict
					if s == full { // the rows are of another grade than the heading
						want += " (quick, exploratory)"
					}
					for _, text := range texts {
						if words(text) != want {
							t.Errorf("the verdict reads %q:\n%s", words(text), strings.Join(lines, "\n"))
						}
					}
					for width := leastWidth; width < tableWidth; width++ {
						lines := tableLines(tableCells(s, rows), width, plain)
						fits(t, lines, width)
						if text := words(strings.Join(lines, " ")); strings.Count(text, want) != len(names) || strings.Count(text, "2.270") != len(names) {
							t.Errorf("%d columns lack a verdict or a loss:\n%s", width, strings.Join(lines, "\n"))
						}
					}
				}
			}
		}
	}
	// The name of the reference line is whole, however narrow its column.
	const name = "linear predictor of order 64"
	for _, label := range []string{"none", "haar:min=2:prefix=count:fraction=0.25"} {
		row := Row{Label: label, Bits: "2.270", Nats: "1.574", Steps: "20,000", Difference: "−0.044", DifferenceInterval: "−0.148 to +0.041", P: "< 0.001", Verdict: "ahead, not significant"}
		line := Row{Label: name, Bits: "2.777", Nats: "1.925", Verdict: referenceVerdict}
		lines := tableLines(append(tableCells(quick, []Row{row}), line.line("", "", "")), tableWidth, plain)
		fits(t, lines, tableWidth)
		if text := words(strings.Join(lines, " ")); !strings.Contains(text, name+" 2.777 1.925") {
			t.Errorf("the reference line is cut:\n%s", strings.Join(lines, "\n"))
		}
	}
	// Numbers beyond all sense are cut.
	huge := Row{Label: "haar", Bits: "123456.789", Nats: "123456.789", Steps: "1,000,000,000", Difference: "−12345678.123",
		DifferenceInterval: "−12345678.123 to −10500000.123", P: "< 0.001", Verdict: "faster"}
	fits(t, tableLines(tableCells(quick, []Row{huge}), tableWidth, plain), tableWidth)
}

func TestShortenLabels(t *testing.T) {
	for _, test := range []struct {
		labels []string
		n      int
		want   []string
	}{
		{[]string{"none", "haar"}, 8, []string{"none", "haar"}},
		{[]string{"none", "haar train.lr=0.002"}, 11, []string{"none", "haar …0.002"}},
		// Different at the end, at the start and in the middle.
		{[]string{"window:1000001", "window:1000002"}, 8, []string{"wind…001", "wind…002"}},
		{[]string{"a=12345678901", "b=12345678901"}, 8, []string{"a=12…901", "b=12…901"}},
		{[]string{"same start A same end", "same start B same end"}, 8, []string{"same… #1", "same… #2"}},
		{[]string{"haar…0.002", "haar train.lr=0.002"}, 10, []string{"haar…0.002", "haar ….002"}},
		{[]string{"äöüäöüäöüäöü"}, 8, []string{"äöüä…äöü"}},
	} {
		if got := shortenLabels(test.labels, test.n); !slices.Equal(got, test.want) {
			t.Errorf("%q in %d: %q, want %q", test.labels, test.n, got, test.want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		set := map[string]bool{}
		for range 2 + r.IntN(12) {
			set[strings.Repeat("a", r.IntN(12))+string(rune('a'+r.IntN(3)))+strings.Repeat("a…", r.IntN(6))] = true
		}
		labels := slices.Sorted(maps.Keys(set))
		n := leastLabel + r.IntN(8)
		short := shortenLabels(labels, n)
		if !different(short) {
			t.Fatalf("%q in %d: %q", labels, n, short)
		}
		for _, s := range short {
			if utf8.RuneCountInString(s) > n {
				t.Fatalf("%q in %d: %q", labels, n, short)
			}
		}
	}
}

func TestFitRemarks(t *testing.T) {
	long := strings.Repeat("word ", 20) // two lines
	for _, test := range []struct {
		remarks []string
		room    int
		want    int // whole remarks
	}{
		{nil, 4, 0}, {[]string{"a", "b"}, 4, 2}, {[]string{long, long}, 4, 2}, {[]string{long, long, "c"}, 4, 1},
		{[]string{"a", "b", "c", "d"}, 4, 4}, {[]string{"a", "b", "c", "d", "e"}, 4, 3}, {[]string{"a", "b", "c", long}, 4, 3},
	} {
		lines := fitRemarks(test.remarks, test.room, tableWidth)
		fits(t, lines, tableWidth)
		text := strings.Join(lines, " ")
		want := ""
		for _, remark := range test.remarks[:test.want] {
			want += " " + strings.TrimSpace(remark)
		}
		if more := len(test.remarks) - test.want; more > 0 {
			want += fmt.Sprintf(" and %s, in the verdicts of report.html", typeset.Counted(more, "more remark"))
		}
		if len(lines) > test.room || text != strings.TrimSpace(want) {
			t.Errorf("%q in %d lines: %q", test.remarks, test.room, lines)
		}
	}
}

// Colours change no character, and each outcome and curve has its own.
func TestTableInColor(t *testing.T) {
	s := compared(t, join(seeds("none", 1, 1, 1), seeds("shift", 0.5, 0.51, 0.5), seeds("window:16", 1.4, 1.4, 1.4))...)
	colored := tableText(s, tableWidth, true)
	if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored, ""); got != tableText(s, tableWidth, false) {
		t.Errorf("without colours it reads\n%s", got)
	}
	for _, want := range []string{
		terminal.Green.Paint("faster"), terminal.Red.Paint("slower"), "  baseline\n",
		"\n" + markColor(1).Paint("o") + " shift", "\n· none", markColor(2).Paint("xxxxx"),
	} {
		if !strings.Contains(colored, want) {
			t.Errorf("no %q in\n%q", want, colored)
		}
	}
	for outcome, want := range map[string]terminal.Color{"undecided": terminal.Grey, "no difference seen": terminal.Grey, "diverged": terminal.Red, "mixed": "", "faster in steps, slower in seconds": "", "faster (quick, exploratory)": terminal.Green} {
		if got := verdictColor(outcome); got != want {
			t.Errorf("%s has colour %q", outcome, got)
		}
	}
	if markColor(100) != "" || mark(100) != " " {
		t.Error("a variant without a mark has a colour")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestTableReportsWriteErrors(t *testing.T) {
	if err := WriteTable(fullDisk{}, example(t)); err == nil {
		t.Error("a failed write is not reported")
	}
}
