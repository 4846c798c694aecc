package summary

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tinyConfig is a resolved configuration, as a summary holds it.
const tinyConfig = "format_version = 1\n[model]\nlayers = 2\nwidth = 16\nheads = 2\nhidden = 32\ncontext = 16\nposition = \"learned\"\n" +
	"norm = \"pre\"\nmixer = \"none\"\n[train]\nsteps = 6\nseed = 1\n"

// measured is a summary of results on data of a hash, by a command.
func measured(t *testing.T, command string, results ...Result) *Summary {
	t.Helper()
	for i := range results {
		results[i].ConfigHash = strings.Repeat("a", 63) + string(rune('0'+results[i].Seed%10))
		results[i].ConfigHash = results[i].Variant + results[i].ConfigHash[len(results[i].Variant):]
	}
	s := compared(t, results...)
	s.Data.Hash, s.Command, s.CPU, s.Tier = "hash", command, "a processor", "portable"
	s.Configuration = tinyConfig
	return s
}

// Seeds that were run apart come to what they come to together.
func TestMergeAddsSeeds(t *testing.T) {
	whole := measured(t, "all", join(seeds("none", 1, 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71, 0.69))...)
	first := measured(t, "first", join(seeds("none", 1, 1), seeds("haar", 0.7, 0.68))...)
	var rest []Result
	for i, scale := range []float64{0.71, 0.69} {
		rest = append(rest, planted("none", uint64(i+3), 1), planted("haar", uint64(i+3), scale))
	}
	second := measured(t, "second", rest...)
	second.Configuration = strings.Replace(second.Configuration, "seed = 1", "seed = 3", 1)
	merged, err := Merge([]*Summary{first, second, first})
	if err != nil {
		t.Fatal(err)
	}
	if len(merged) != 1 || len(merged[0].Runs) != 8 || merged[0].Command != "first\nsecond" {
		t.Fatalf("%d summaries, %d runs, command %q", len(merged), len(merged[0].Runs), merged[0].Command)
	}
	if diff := cmp.Diff(whole.Comparisons, merged[0].Comparisons); diff != "" {
		t.Errorf("merged (-whole +merged):\n%s", diff)
	}
	if len(first.Runs) != 4 || len(first.Comparisons[0].Seeds) != 2 {
		t.Error("merging changed what was merged")
	}
}

// Another measurement stands beside it; curves from elsewhere join what is before
// them; seconds of another machine do not count; a name that two different runs
// have is refused.
func TestMergeKeepsApart(t *testing.T) {
	a := measured(t, "a", join(seeds("none", 1), seeds("haar", 0.7))...)
	longer := measured(t, "longer", join(seeds("none", 1), seeds("haar", 0.7))...)
	longer.Configuration = strings.Replace(longer.Configuration, "steps = 6", "steps = 7", 1)
	other := measured(t, "other", join(seeds("none", 1), seeds("haar", 0.7))...)
	other.Data.Hash = "another"
	merged, err := Merge([]*Summary{a, longer, other})
	if err != nil || len(merged) != 3 {
		t.Errorf("%d summaries of three measurements, %v", len(merged), err)
	}

	// Seeds with another learning rate are not more seeds of the same variant.
	swept := measured(t, "swept", planted("none", 2, 1), planted("haar", 2, 0.7))
	swept.Runs[1].Tuned = map[string]any{"train.lr": 8e-3}
	if merged, err = Merge([]*Summary{a, swept}); err != nil || len(merged) != 2 {
		t.Errorf("%d summaries of two learning rates, %v", len(merged), err)
	}
	// Nor are those with another operator or setting under the same name.
	named := func(seed uint64, spec string, lr float64) *Summary {
		s := measured(t, fmt.Sprint(spec, lr), planted("none", seed, 1), planted("haar", seed, 0.7))
		s.Runs[1].Name, s.Runs[1].Variant, s.Runs[1].Set = "x", spec, map[string]any{"train.lr": lr}
		return s
	}
	for _, test := range []struct {
		other *Summary
		want  int
	}{{named(2, "haar", 1e-3), 1}, {named(2, "shift", 1e-3), 2}, {named(2, "haar", 2e-3), 2}} {
		if merged, err = Merge([]*Summary{named(1, "haar", 1e-3), test.other}); err != nil || len(merged) != test.want {
			t.Errorf("%s: %d summaries, want %d, %v", test.other.Command, len(merged), test.want, err)
		}
	}

	curves, err := Import(strings.NewReader("step,loss\n0,3.3\n500,2\n1000,1.4\n"), "theirs.csv")
	if err != nil {
		t.Fatal(err)
	}
	if merged, err = Merge([]*Summary{a, curves}); err != nil || len(merged) != 1 {
		t.Fatalf("%d summaries, %v", len(merged), err)
	}
	if c := merged[0].Comparisons; len(c) != 2 || c[1].Variant != "theirs" || len(c[1].Seeds) != 1 || c[1].Seeds[0] != 1 {
		t.Errorf("comparisons %+v", c) // without a seed it has that of the baseline
	}

	// A curve from elsewhere is no seed of a variant here.
	foreign, err := Import(strings.NewReader("variant,seed,step,loss\nhaar,2,0,3.3\nhaar,2,500,2\n"), "theirs.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Merge([]*Summary{a, foreign}); err == nil || !strings.Contains(err.Error(), "theirs.csv has a curve called haar") {
		t.Errorf("error %v", err)
	}

	elsewhere := measured(t, "elsewhere", seeds("shift", 0.5)...)
	elsewhere.CPU = "another processor"
	if merged, err = Merge([]*Summary{a, elsewhere}); err != nil {
		t.Fatal(err)
	}
	if c := merged[0].Comparisons[1]; c.StepsSaved == nil || c.SecondsSaved != nil || merged[0].Runs[2].StepSeconds != nil {
		t.Errorf("seconds of another machine count: %+v", c)
	}

	same := measured(t, "same", seeds("haar", 0.9)...)
	same.Runs[0].ConfigHash = strings.Repeat("b", 64)
	if _, err = Merge([]*Summary{a, same}); err == nil || !strings.Contains(err.Error(), "two different runs are called haar with seed 1") {
		t.Errorf("error %v", err)
	}
}

// What a study asked beyond the comparison stands once when a copy of it is joined that
// has other seconds, as that of its parts has. Other runs stay beside it.
func TestMergeKeepsAnswersOnce(t *testing.T) {
	answered := func(name, machine string, seconds float64, losses ...float64) *Summary {
		s := measured(t, name, join(seeds("none", 1), seeds("haar", 0.7))...)
		var runs []Run
		for i, loss := range losses {
			runs = append(runs, Run{Variant: "haar", ConfigHash: "h", Seed: uint64(i + 1), Status: Finished, FinalLoss: &loss, StepSeconds: &seconds, Machine: machine})
		}
		s.Confirmations = []Confirmation{{Variant: "haar", Steps: 700, Runs: runs}}
		s.Matches = []Match{{Along: Depth, Sizes: []MatchSize{{Size: 2, Runs: runs}}}}
		return s
	}
	merged, err := Merge([]*Summary{answered("whole", "", 1, 1.5, 1.6), answered("parts", "a", 2, 1.5, 1.6), answered("other", "", 1, 1.5, 1.7)})
	if err != nil {
		t.Fatal(err)
	}
	if m := merged[0]; len(merged) != 1 || len(m.Confirmations) != 2 || len(m.Matches) != 2 || *m.Confirmations[0].Runs[0].StepSeconds != 1 {
		t.Errorf("%d summaries, %d confirmations, %d matches", len(merged), len(m.Confirmations), len(m.Matches))
	}
}

// An interval that was resampled from windows belongs to two runs: it stays with
// them, is told, and does not become that of another baseline. What stands in both
// summaries stands once.
func TestMergeKeepsIntervals(t *testing.T) {
	interval := &Interval{Of: PairsOfWindows, Reached: 1, CI95: &[2]float64{0.2, 0.4}}
	first := measured(t, "first", join(seeds("none", 1), seeds("haar", 0.7))...)
	first.Comparisons[0].StepsSavedInterval = interval
	first.Confirmations = []Confirmation{{Variant: "haar", Steps: 700, FinalLoss: pointer(1.0), BaselineLoss: 1.1, Confirmed: true}}
	second := measured(t, "second", seeds("shift", 0.9)...)
	merged, err := Merge([]*Summary{first, second, first})
	if err != nil {
		t.Fatal(err)
	}
	c := &merged[0].Comparisons[0]
	if c.StepsSavedInterval != interval || !strings.Contains(c.Verdict, "bootstrap over windows") {
		t.Errorf("interval %v, verdict %s", c.StepsSavedInterval, c.Verdict)
	}
	if n := len(merged[0].Confirmations); n != 1 {
		t.Errorf("%d confirmations of one", n)
	}

	first = measured(t, "first", join(seeds("haar", 0.7), seeds("shift", 0.9))...)
	first.Comparisons[0].StepsSavedInterval = interval
	if merged, err = Merge([]*Summary{first, measured(t, "second", seeds("none", 1)...)}); err != nil {
		t.Fatal(err)
	}
	if c := &merged[0].Comparisons[1]; merged[0].Baseline != "none" || c.Label() != "shift" || c.StepsSavedInterval != nil {
		t.Errorf("%s against %s has the interval %v", c.Label(), merged[0].Baseline, c.StepsSavedInterval)
	}
}

// A seed that one side lacks is in a mean loss and in no comparison, which is said.
func TestSeedsOfOneSide(t *testing.T) {
	s := measured(t, "all", join(seeds("none", 1, 1), seeds("haar", 0.7))...)
	if want := "haar: compared over seed 1; the mean loss of none has seed 2 too."; !slices.Contains(remarks(s), want) {
		t.Errorf("remarks %q", remarks(s))
	}
	if row := compared(t, seeds("haar", 1, 1)...).Rows()[0]; row.Verdict != "baseline" || row.P != "" {
		t.Errorf("a variant alone: %+v", row)
	}
}
