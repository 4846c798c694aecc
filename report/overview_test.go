package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// everything is a comparison with three seeds and all that can be asked beyond
// it.
func everything(t testing.TB) *summary.Summary {
	t.Helper()
	var results []summary.Result
	for seed := range uint64(3) {
		results = append(results, synthetic("none", seed+1, 700, 0.0412), synthetic("shift", seed+1, 120, 0.0415), synthetic("haar", seed+1, 230, 0.0441))
	}
	s := compared(t, results...)
	s.Sweep = &summary.Sweep{Key: "train.lr", Seed: 1 << 20}
	for i, lr := range []float64{1e-3, 2e-3, 4e-3} {
		for _, variant := range []string{"none", "shift", "haar"} {
			r := synthetic(variant, 1<<20, 300, 0.04).Run
			r.Tuned = map[string]any{"train.lr": lr, "train.min_lr": lr / 10}
			r.FinalLoss = pointer(1.9 + 0.05*float64(i*i))
			s.Sweep.Trials = append(s.Sweep.Trials, summary.Trial{Run: r, Chosen: i == 1})
		}
	}
	s.Confirmations = []summary.Confirmation{{
		Variant: "haar", Steps: 900, Warmup: 45, Runs: []summary.Run{synthetic("haar", 1, 200, 0.04).Run},
		FinalLoss: pointer(1.6), BaselineLoss: 1.62, Below: 1, Confirmed: true,
	}}
	s.Matches = []summary.Match{{
		Along: summary.Depth,
		Sizes: []summary.MatchSize{
			{Size: 4, Parameters: 106240, FinalLoss: pointer(1.7)}, {Size: 5, Parameters: 120000, FinalLoss: pointer(1.66)},
			{Size: 6, Parameters: 135000, FinalLoss: pointer(1.6)},
		},
		Answers: []summary.MatchAnswer{
			{Variant: "haar", FinalLoss: 1.63, Size: pointer(5.5), Parameters: pointer(127500.0), MoreParameters: pointer(0.2)},
			{Variant: "shift", FinalLoss: 1.5},
		},
	}}
	p := summary.Probe{Variant: "haar", Seed: 1, Loss: 1.63, Blocks: []int{0, 1, 2, 3}, BlockRise: []float64{0.4, 0.2, 0.1, 0.05}}
	for i := range 64 {
		p.Positions = append(p.Positions, 2.4-0.01*float64(i))
	}
	for i, window := range []int{2, 4, 8, 0} {
		p.Levels = append(p.Levels, summary.Level{Window: window, From: 24 + 6*i, To: 30 + 6*i})
		p.Rise = append(p.Rise, []float64{0.3, -0.002, 0.1 / float64(i+1), 0})
		p.LevelRise = append(p.LevelRise, 0.5)
	}
	s.Probes = []summary.Probe{p}
	if _, err := s.Encode(); err != nil { // checks it
		t.Fatal(err)
	}
	return s
}

// What was asked beyond the comparison has its place on the page, every picture is
// sound, and every one says where its numbers are and what makes it again.
func TestPageOfEverything(t *testing.T) {
	s := everything(t)
	page := render(t, s)
	for _, want := range []string{
		"Crossings of curves, by loss", "Where curves cross the best loss of none", "Sweep of train.lr", "chosen", "Which levels of haar matter", "window 8",
		"Loss by position", "Final loss of none with more depth", "Confirmed", "Cost", "Memory",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	// Five of the curves, speed-up, steps saved, two of the final losses, match, heat
	// map, positions, sweep, windows of two, each in two sizes.
	if n := wellFormed(t, page); n != 30 {
		t.Errorf("%d pictures, want 30", n)
	}
	figures := regexp.MustCompile(`(?s)<figure class="plot.*?</figure>`).FindAllString(page, -1)
	for _, f := range figures {
		title := regexp.MustCompile(`<h3>(.*?)</h3>`).FindStringSubmatch(f)[1]
		if !strings.Contains(f, `.csv">`) || !strings.Contains(f, "waveletgpt compare --data text8.txt") {
			t.Errorf("%s does not say where its numbers are and what makes it", title)
		}
	}
	dir := t.TempDir()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`href="([^"]*\.csv)"`).FindAllStringSubmatch(page, -1) {
		content, err := os.ReadFile(filepath.Join(dir, name[1]))
		if err != nil {
			t.Errorf("the page names %s: %v", name[1], err)
			continue
		}
		if rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll(); err != nil || len(rows) < 2 {
			t.Errorf("%s has %d lines, %v", name[1], len(rows), err)
		}
	}
	// A page without a sweep leaves no table of one behind.
	s.Sweep = nil
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, sweepName)); err == nil {
		t.Errorf("%s of an earlier page is still there", sweepName)
	}
}

// A loss that one side never reaches is drawn as missing: a gap in the line and a
// bar, not a line over it.
func TestSpeedUpShowsWhatIsMissing(t *testing.T) {
	s := compared(t, synthetic("none", 1, 700, 0.04), synthetic("haar", 1, 230, 0.04))
	grid := s.Comparisons[0].SpeedUps
	absent := 0
	for i := range grid {
		if grid[i].Ratio == nil {
			absent++
		}
	}
	if absent == 0 || absent == len(grid) {
		t.Fatalf("%d of %d losses are reached by one side only", absent, len(grid))
	}
	f, ok := speedUpFigure(s, collect(s))
	if bars := strings.Count(string(f.Wide), `class="absent s1"`); !ok || bars != absent {
		t.Errorf("%d bars for %d losses that one side does not reach", bars, absent)
	}
	if !strings.Contains(string(f.Wide), "none never") {
		t.Error("nothing says which side never gets there")
	}
	for i := 10; i < 20; i++ {
		grid[i].Ratio = nil
	}
	f, _ = speedUpFigure(s, collect(s))
	if lines := strings.Count(string(f.Wide), `<path class="mean s1"`); lines != 2 {
		t.Errorf("a gap in the middle leaves %d lines, want 2", lines)
	}
}

// Several comparisons on one page: an overview, what is saved over the horizon,
// pictures with ids of their own, and tables that tell them apart.
func TestPageOfSeveral(t *testing.T) {
	short, long := example(t), everything(t)
	for i := range short.Runs {
		short.Runs[i].Steps = 1000
	}
	var text bytes.Buffer
	if err := Render(&text, short, long); err != nil {
		t.Fatal(err)
	}
	page := text.String()
	for _, want := range []string{"2 comparisons", "All comparisons", "1: text8, learned positions, 106,240 parameters, 1,000 steps", "Final loss minus that of the baseline", "quick, exploratory", "1,000 steps", "2,000 steps"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	// Lengths of one study: what it answers together is not called open below.
	if strings.Contains(page, "Equal final loss with whole schedules") == (strings.Contains(page, "is not measured") || strings.Contains(page, "Measure how much faster")) {
		t.Error("the page says how much sooner variants get there, and that it is not measured")
	}
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
	wellFormed(t, page)
	dir := t.TempDir()
	if err := Write(dir, short, long); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(filepath.Join(dir, pictureName))
	if err != nil || wellFormed(t, string(picture)) != 1 {
		t.Fatalf("%s: %v\n%s", pictureName, err, picture)
	}
	for i := range long.Comparisons {
		c := &long.Comparisons[i]
		want := fmt.Sprintf("%s (%s to %s)</text>", typeset.Signed(-*c.Gain), typeset.Signed(-c.CI95[1]), typeset.Signed(-c.CI95[0]))
		if !strings.Contains(string(picture), want) {
			t.Errorf("%s does not say of %s %q", pictureName, c.Label(), want)
		}
	}
	hollow := func() int {
		return strings.Count(string(newPage("", []*summary.Summary{short, long}).picture()), `class="crossing`)
	}
	for _, s := range []*summary.Summary{short, long} {
		for i := range s.Comparisons {
			s.Comparisons[i].PValueHolm = pointer(0.04)
		}
	}
	if n := hollow(); n != 0 {
		t.Errorf("%d hollow dots where all tests pass", n)
	}
	long.Comparisons[0].PValueHolm = pointer(0.06)
	if n := hollow(); n != 1 {
		t.Errorf("%d hollow dots for one test that does not pass", n)
	}
	content, err := os.ReadFile(filepath.Join(dir, savedName))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || rows[0][0] != "comparison" || rows[1][0] != "1" || rows[len(rows)-1][0] != "2" {
		t.Errorf("%s: %v, %v", savedName, rows, err)
	}
}

// Curves that are written are read back by the import, all but what they do not
// hold.
func TestCurvesAreImported(t *testing.T) {
	s, dir := everything(t), t.TempDir()
	var results []summary.Result
	for _, r := range s.Runs {
		r.WindowLosses = nil // they are not in the table
		results = append(results, summary.Result{Run: r})
		short := r
		short.Horizon, short.Steps, short.Curve = 1000, 1000, r.Curve[:len(r.Curve)-20]
		results[len(results)-1].Horizon = 2000
		results = append(results, summary.Result{Run: short})
	}
	if err := s.Compare(results); err != nil {
		t.Fatal(err)
	}
	for i := range s.Comparisons { // horizons of curves from elsewhere have no ratio
		c := &s.Comparisons[i]
		c.Grade, c.HorizonRatio, c.Horizons = summary.Quick, nil, nil
	}
	s.Judge()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, curvesName))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	again, err := summary.Import(file, file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if again.Data.Unit != "character" || again.Baseline != "none" || len(again.Runs) != len(s.Runs) || len(again.Shorter) != len(s.Shorter) {
		t.Fatalf("%d runs per %s, baseline %s", len(again.Runs), again.Data.Unit, again.Baseline)
	}
	both := runsOfAllHorizons(again)
	for _, r := range runsOfAllHorizons(s) {
		at := slices.IndexFunc(both, func(x summary.Run) bool { return x.Label() == r.Label() && x.Seed == r.Seed && x.Horizon == r.Horizon })
		if at < 0 {
			t.Fatalf("%s, seed %d is missing", r.Label(), r.Seed)
		}
		if diff := cmp.Diff(r.Curve, both[at].Curve); diff != "" {
			t.Errorf("%s, seed %d (-written +read):\n%s", r.Label(), r.Seed, diff)
		}
	}
	for i := range s.Comparisons {
		want, got := s.Comparisons[i], again.Comparisons[i]
		want.PlateauStep, want.BaselinePlateauStep, want.StepsSavedAfterPlateau = nil, nil, nil // the data is not known
		want.Verdict, got.Verdict = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s compares otherwise (-written +read):\n%s", want.Label(), diff)
		}
	}
}
