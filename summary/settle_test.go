package summary

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A verdict says one thing: its badge, its first sentence, its cell in the tables
// and the numbers beside them agree, whatever the runs.
func TestVerdictAgreesWithItsNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	outcomes := map[Outcome]int{}
	const comparisons = 400
	for range comparisons {
		n, variants := 1+random.IntN(5), 1+random.IntN(4)
		var results []Result
		for v := range variants + 1 {
			scale, offset, pace := math.Exp(0.2*random.NormFloat64()), 0.05*random.NormFloat64(), math.Exp(0.3*random.NormFloat64())
			rise := max(0, 0.1*random.NormFloat64()) // after the last but one evaluation
			for seed := range uint64(n) {
				r := Result{Run: Run{Variant: []string{"none", "haar", "shift", "taps", "learned"}[v], Seed: seed + 1, Status: Finished}}
				noise := offset + 0.03*random.NormFloat64()
				for step := 0; step <= 2000; step += 200 {
					x := float64(step)
					r.Curve = append(r.Curve, Point{Step: step, Seconds: pace * x, Loss: plantedLoss(x/scale) + noise})
				}
				r.Curve[len(r.Curve)-1].Loss += rise
				for range 8 {
					r.WindowLosses = append(r.WindowLosses, r.Curve[len(r.Curve)-1].Loss+0.05*random.NormFloat64())
				}
				results = append(results, r)
			}
		}
		s := &Summary{Command: "waveletgpt compare", Data: Data{Unit: "character", UnitsPerToken: 1}}
		if err := s.Compare(results); err != nil {
			t.Fatal(err)
		}
		for i := range s.Comparisons {
			checkVerdict(t, s, &s.Comparisons[i])
			outcomes[s.Comparisons[i].Outcome]++
		}
	}
	for _, o := range []Outcome{Faster, FasterInSteps, Slower, NoDifference, Mixed, Ahead, Behind} {
		if outcomes[o] == 0 {
			t.Errorf("no comparison is %q; the test needs some of each: %v", o, outcomes)
		}
	}
}

// A verdict without a test says what is missing, on the page and in the table.
func TestUndecidedSaysWhy(t *testing.T) {
	one := func(n int) []int { return make([]int, n) } // all windows of one document
	two := func(n int) []int { documents := one(n); documents[0] = 1; return documents }
	for _, test := range []struct {
		name      string
		windows   int
		documents func(int) []int
		why, add  string // empty: it is tested
	}{
		{"one document", 32, one, "all validation windows of one document", "add documents or seeds"},
		{"two documents", 32, two, "", ""},
		{"no documents", 32, nil, "", ""},
		{"one window", 1, nil, "one validation window", "add windows or seeds"},
		{"one window of one document", 1, one, "one validation window", "add windows or seeds"},
		{"no windows", 0, nil, "no losses of single windows", "add seeds"},
	} {
		results := join(seeds("none", 1), seeds("haar", 0.7))
		for i := range results {
			results[i].WindowLosses = results[i].WindowLosses[:test.windows]
		}
		s := &Summary{Data: Data{Unit: "event", UnitsPerToken: 1}}
		if test.documents != nil {
			s.WindowDocuments = test.documents(test.windows)
		}
		if err := s.Compare(results); err != nil {
			t.Fatal(err)
		}
		table := strings.Join(strings.Fields(tableText(s, tableWidth, false)), " ")
		for where, text := range map[string]string{"verdict": s.Comparisons[0].Verdict, "table": table} {
			if !strings.Contains(text, test.why) || !strings.Contains(text, test.add) {
				t.Errorf("%s: the %s does not say %q and %q: %s", test.name, where, test.why, test.add, text)
			}
			if untested := test.why != ""; untested == strings.Contains(text, "the test is about these runs") {
				t.Errorf("%s: the %s is wrong about a test: %s", test.name, where, text)
			}
		}
		if undecided := s.Comparisons[0].Outcome == Undecided; undecided != (test.why != "") {
			t.Errorf("%s: %s", test.name, s.Comparisons[0].Outcome)
		}
	}
}

func checkVerdict(t *testing.T, s *Summary, c *Comparison) {
	t.Helper()
	first, row := Explain(s, c)[0].Text, s.Row(c.Label())
	words := map[Outcome]string{
		Faster:        " is faster than the baseline",
		FasterInSteps: " is faster than the baseline none in steps, slower in seconds",
		Slower:        " is slower than the baseline",
		Mixed:         " is a mixed result",
		NoDifference:  "No difference seen between ",
		Ahead:         " is ahead of the baseline",
		Behind:        " is behind the baseline",
	}[c.Outcome]
	if words == "" || !strings.Contains(first, words) || row.Verdict != string(c.Outcome) {
		t.Errorf("outcome %q, table %q, sentence %q", c.Outcome, row.Verdict, first)
	}
	significant := *c.PValueHolm < significance
	unsettled := c.Outcome == Ahead || c.Outcome == Behind
	if decided := c.Outcome != NoDifference && !unsettled; decided != significant || significant && excludesZero(c.CI95) == 0 {
		t.Errorf("outcome %q with p %v and the interval %v", c.Outcome, *c.PValueHolm, *c.CI95)
	}
	steps := 0.0
	if c.StepsSavedInterval != nil {
		steps = excludesZero(c.StepsSavedInterval.CI95)
	}
	if c.Outcome == NoDifference && (excludesZero(c.CI95) != 0 || steps**c.Gain > 0) {
		t.Errorf("no difference beside the intervals %v and %v", *c.CI95, row.StepsSavedInterval)
	}
	if sign := map[Outcome]float64{Faster: 1, FasterInSteps: 1, Ahead: 1, Slower: -1, Behind: -1}[c.Outcome]; sign**c.Gain < 0 {
		t.Errorf("outcome %q with the gain %v", c.Outcome, *c.Gain)
	}
	if !unsettled {
		return
	}
	if !strings.Contains(first, "not significant") || !strings.Contains(c.Verdict, pText(*c.PValueHolm)) ||
		strings.Contains(first, "after correction") != (*c.PValue < significance) {
		t.Errorf("p %v, corrected %v: %s", *c.PValue, *c.PValueHolm, first)
	}
	if n, _ := s.freshSeeds(c); n < fewestFresh || n > mostFresh || !strings.Contains(c.Verdict, typeset.Counted(n, "fresh seed")) {
		t.Errorf("%d fresh seeds: %s", n, c.Verdict)
	}
}

// The proposed number of seeds finds a difference of the measured size in about 80 %
// of studies; three fewer would not.
func TestFreshSeedsHaveThePower(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, effect := range []float64{0.7, 1, 1.5} { // mean over standard deviation
		gain, se := effect, 1/math.Sqrt(3)
		c := Comparison{Difference: Difference{Gain: &gain, StandardError: &se, PValue: pointer(0.04), PairsOf: PairsOfSeeds, Pairs: 3}}
		s := &Summary{Comparisons: []Comparison{c, c}} // level 0.025
		n, enough := s.freshSeeds(&c)
		found, few := 0, 0
		const studies = 4000
		for range studies {
			d := make([]float64, n)
			for i := range d {
				d[i] = effect + random.NormFloat64()
			}
			if *pairedDifference(d, PairsOfSeeds).PValue < significance/2 {
				found++
			}
			if *pairedDifference(d[:n-3], PairsOfSeeds).PValue < significance/2 {
				few++
			}
		}
		if share := float64(found) / studies; !enough || share < 0.78 || float64(few)/studies > 0.8 {
			t.Errorf("effect %g: %d seeds find it in %.3f of studies, three fewer in %.3f", effect, n, share, float64(few)/studies)
		}
	}
	small, se := 0.01, 1.0
	c := Comparison{Difference: Difference{Gain: &small, StandardError: &se, PairsOf: PairsOfSeeds, Pairs: 3}}
	if n, enough := new(Summary).freshSeeds(&c); n != mostFresh || enough {
		t.Errorf("a tiny difference: %d seeds, enough: %t", n, enough)
	}
}

// The proposed command is the study's own with fresh seeds, where there is one.
func TestFreshStudyCommand(t *testing.T) {
	s := &Summary{Runs: []Run{{Variant: "none", Seed: 3}, {Variant: "haar", Seed: 3}, {Variant: "theirs", Seed: 3, Source: "theirs.csv"}}}
	const flags = "--seeds 7 --set train.seed=4 --out runs/fresh-seeds"
	for _, test := range []struct{ command, label, want string }{
		{"waveletgpt compare plan.toml --seeds 3", "haar", ": waveletgpt compare plan.toml " + flags},
		{"waveletgpt compare --out=b --set train.steps=9 --seeds 2 --out 'a b'", "haar", ": waveletgpt compare --set train.steps=9 --out 'a b' " + flags},
		{"waveletgpt compare a\nwaveletgpt report theirs.csv", "haar", ": waveletgpt compare a " + flags},
		{"waveletgpt compare a\nwaveletgpt compare b", "haar", ": each of its 2 commands with " + flags + ", and a directory for each"},
		{"waveletgpt report theirs.csv", "haar", ""},
		{"waveletgpt compare a", "theirs", ""},
	} {
		s.Command = test.command
		if got := s.fresh(test.label, 7); got != test.want {
			t.Errorf("%q: got %q, want %q", test.command, got, test.want)
		}
	}
}

// Words of an older build are not shown beside those of this one.
func TestDecodeJudges(t *testing.T) {
	s := example(t)
	want := s.Comparisons[0].Verdict
	s.Comparisons[0].Outcome, s.Comparisons[0].Verdict = Mixed, "old words"
	document, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(strings.NewReader(string(document)))
	if err != nil || got.Comparisons[0].Outcome != Faster || got.Comparisons[0].Verdict != want {
		t.Errorf("outcome %q, error %v", got.Comparisons[0].Outcome, err)
	}
}

// One thing is counted in the singular, many with separators.
func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 steps", 1: "1 step", 2: "2 steps", 12345: "12,345 steps"} {
		if got := typeset.Counted(n, "step"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := (&Difference{Gain: new(float64)}).text(); got != "the same" {
		t.Errorf("no difference is %q", got)
	}
}

// Zero has no sign, in no cell.
func TestZeroHasNoSign(t *testing.T) {
	d := Difference{Gain: new(float64), CI95: new([2]float64)}
	d.CI95[0] = math.Copysign(0, -1)
	difference, interval := d.cells()
	if text := difference + interval + d.intervalText(); strings.ContainsAny(text, "-−+") {
		t.Errorf("zero is %q", text)
	}
}
