package report

import (
	"bytes"
	"encoding/csv"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// ofHorizons is a comparison at three horizons with three seeds: haar needs 0.6 of the
// steps, shift a few of them, and the learned kernel is slower.
func ofHorizons(t testing.TB) *summary.Summary {
	t.Helper()
	var results []summary.Result
	for _, horizon := range []int{1000, 1414, 2000} {
		for seed := range uint64(3) {
			for variant, scale := range map[string]float64{"none": 1, "haar": 0.6, "shift": 0.1, "learned": 1.3} {
				r := synthetic(variant, seed+1, 400, 0.04)
				end := 1.2 + 0.9/math.Sqrt(float64(horizon)/scale/400) + 0.002*float64((seed+uint64(len(variant)))%3)
				for i := range r.Curve {
					r.Curve[i].Loss += (end - r.Curve[len(r.Curve)-1].Loss) * float64(i) / float64(len(r.Curve)-1)
					r.Curve[i].Step = r.Curve[i].Step * horizon / 1000
				}
				for i := 1; i < len(r.Curve); i++ {
					r.Curve[i].Step = max(r.Curve[i].Step, r.Curve[i-1].Step+1)
				}
				r.Curve = r.Curve[:1+len(r.Curve)/2]
				last := &r.Curve[len(r.Curve)-1]
				last.Step, last.Loss = horizon, end
				for i := range r.WindowLosses {
					r.WindowLosses[i] = end
				}
				r.Horizon, r.Steps, r.Tokens = horizon, horizon, 512*int64(horizon)
				results = append(results, r)
			}
		}
	}
	// The order of a map is random: the baseline first, then by name.
	var sorted []summary.Result
	for _, variant := range []string{"none", "haar", "shift", "learned"} {
		for _, r := range results {
			if r.Variant == variant {
				sorted = append(sorted, r)
			}
		}
	}
	return compared(t, sorted...)
}

// The page of several horizons opens with the grade, the picture and the table of final
// losses, and its cards begin with the share of the steps; the shorter runs are in the
// tables and among the events, under names of their own.
func TestPageOfHorizons(t *testing.T) {
	s, dir := ofHorizons(t), t.TempDir()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, PageName))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	wellFormed(t, page)
	at := 0
	for _, want := range []string{
		"Full comparison, exploratory, of text8: 3 horizons, 1,000 to 2,000 steps; 3 seeds", "Final loss over the length of training", html.EscapeString(shareTitle), "Ends as low in this share",
		">haar</span>", ">faster</span>", ">full, exploratory</span>", "of the steps to end as low as the baseline", "final loss minus the baseline", "where its curve crosses",
		"Curves of the shorter horizons are not drawn", "Verdict (full, exploratory)", ">1,414</td>",
	} {
		next := strings.Index(page[at:], want)
		if next < 0 {
			t.Fatalf("%q does not follow on the page", want)
		}
		at += next
	}
	for i, c := range s.Comparisons {
		first := newView(s, "", "").Verdicts[i].Numbers[0]
		want := map[string]string{"haar": `^5[0-9].% |^6[0-9].%`, "shift": `^at most 50`, "learned": `^at least 100`}[c.Label()]
		if !regexp.MustCompile(want).MatchString(first.Value) {
			t.Errorf("%s: the first number is %q", c.Label(), first.Value)
		}
	}
	for name, lines := range map[string]int{lossesName: 1 + 4*3*3, horizonsName: 1 + 3*3} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll(); err != nil || len(rows) != lines {
			t.Errorf("%s has %d lines, want %d; %v", name, len(rows), lines, err)
		}
	}
	if err := WriteEvents(dir, s); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "haar-seed2*", eventsName))
	if err != nil || len(folders) != 3 {
		t.Errorf("events of haar, seed 2: %v, %v", folders, err)
	}
	var overview bytes.Buffer
	if err := Render(&overview, s, example(t), s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{html.EscapeString(shareTitle), "Final loss minus that of the baseline", ">full, exploratory</td>", ">quick, exploratory</td>", ">at most 50\u00a0%</td>"} {
		if !strings.Contains(overview.String(), want) {
			t.Errorf("the page of several does not say %q", want)
		}
	}
}

// A share is drawn where it is measured, within its interval. A bound stands alone, and what is
// only known to be below 100 % is not drawn.
func TestShares(t *testing.T) {
	s := ofHorizons(t)
	plot, ok := sharePlot(s, comparedVariants([]*summary.Summary{s}))
	if !ok || len(plot.lines) != 3 {
		t.Fatalf("%d lines, %v", len(plot.lines), ok)
	}
	wanted := map[string]struct {
		steps     []float64
		low, high float64
		bound     bool
	}{
		"haar":    {[]float64{1414, 2000}, 50, 70, false},
		"shift":   {[]float64{1414, 2000}, 50, 50, true},
		"learned": {[]float64{1000, 1414, 2000}, 100, 100, true},
	}
	for _, line := range plot.lines {
		want, ok := wanted[line.label]
		if !ok {
			t.Fatalf("a line of %s", line.label)
		}
		var steps []float64
		for _, at := range line.points {
			steps = append(steps, at.x)
			if at.ring != at.estimate || at.low > at.y || at.high > 0 && at.high < at.y {
				t.Errorf("%s: %+v", line.label, at)
			}
		}
		last := line.points[len(line.points)-1]
		if !slices.Equal(steps, want.steps) || last.y < want.low || last.y > want.high || last.ring != want.bound {
			t.Errorf("%s: points at %v, the last %+v", line.label, steps, last)
		}
	}
	// A variant that lacks the shortest length.
	late := s.Comparisons[1]
	late.Horizons = slices.Clone(late.Horizons[1:])
	late.Horizons[0].Bound, late.Horizons[0].Ratio = summary.AtMost, new(float64)
	*late.Horizons[0].Ratio = 1
	lacking := *s
	lacking.Comparisons = []summary.Comparison{s.Comparisons[0], late}
	plot, _ = sharePlot(&lacking, comparedVariants([]*summary.Summary{&lacking}))
	if points := plot.lines[1].points; len(points) != 1 || points[0].x != 2000 {
		t.Errorf("points %+v", points)
	}
	for i := range s.Comparisons {
		s.Comparisons[i].Horizons = s.Comparisons[i].Horizons[2:]
	}
	for _, s := range []*summary.Summary{example(t), s} {
		if _, ok := shareFigure(s); ok {
			t.Errorf("%d lengths have a picture", len(s.Lengths()))
		}
	}
}
