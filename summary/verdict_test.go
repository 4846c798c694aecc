package summary

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; rewrite it with -update if the new words are right (-want +got):\n%s", path, diff)
	}
}

// seeds plants a variant at each scale with seeds 1, 2, 3 ...
func seeds(variant string, scales ...float64) []Result {
	var results []Result
	for i, scale := range scales {
		results = append(results, planted(variant, uint64(i+1), scale))
	}
	return results
}

// slowed makes every step of the runs slower by the factor.
func slowed(factor float64, results []Result) []Result {
	for i := range results {
		*results[i].StepSeconds *= factor
		for j := range results[i].Curve {
			results[i].Curve[j].Seconds *= factor
		}
	}
	return results
}

// stopped ends the curves early, as if the runs had fewer steps.
func stopped(evaluations int, results []Result) []Result {
	for i := range results {
		results[i].Curve = results[i].Curve[:evaluations]
		results[i].WindowLosses = nil // they are of the end
	}
	return results
}

func join(groups ...[]Result) (all []Result) {
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

// wrap breaks text at spaces into lines of at most width runes; a longer word
// has a line of its own. A percent sign stays with its number.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	const tied = "\u00a0"
	isSpace := func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' }
	for _, word := range strings.FieldsFunc(strings.ReplaceAll(text, " %", tied+"%"), isSpace) {
		word = strings.ReplaceAll(word, tied, " ")
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func TestVerdicts(t *testing.T) {
	overfit := seeds("none", 1, 1, 1)
	for i := range overfit {
		for j := range overfit[i].Curve {
			if step := overfit[i].Curve[j].Step; step > 1500 {
				overfit[i].Curve[j].Loss += 0.002 * float64(step-1500)
			}
		}
	}
	// noise far beyond the difference between the variants
	noisy := seeds("haar", 1, 1, 1, 1)
	for i, offset := range []float64{-0.08, 0.07, -0.05, 0.04} {
		for j := range noisy[i].Curve {
			noisy[i].Curve[j].Loss += offset
		}
	}
	diverged := seeds("haar", 0.7, 0.7, 0.7, 0.7)
	diverged[3].Status = Diverged
	unfinished := seeds("none", 1, 1, 1, 1)
	unfinished[0].Status, unfinished[1].Status = Unfinished, Unfinished
	lost := seeds("haar", 0.7)
	lost[0].Status = Diverged
	untested := join(seeds("none", 1), seeds("haar", 0.7))
	for i := range untested {
		untested[i].WindowLosses = nil
	}
	shallow := seeds("haar", 0.7, 0.7, 0.7) // soon at the best loss, then worse
	for i := range shallow {
		for j := range shallow[i].Curve {
			if step := shallow[i].Curve[j].Step; step > 1700 {
				shallow[i].Curve[j].Loss += 0.001 * float64(step-1700)
			}
		}
	}
	someStuck := join(seeds("none", 1, 1, 1), seeds("haar", 0.6, 0.62, 0.6))
	for i := range someStuck[1].Curve {
		p := &someStuck[1].Curve[i]
		p.Loss = plantedLoss(min(float64(p.Step), 600))
	}

	offset := func(results []Result, offsets ...float64) []Result {
		for i := range results {
			for j := range results[i].Curve {
				results[i].Curve[j].Loss += offsets[i]
			}
			for j := range results[i].WindowLosses {
				results[i].WindowLosses[j] += offsets[i]
			}
		}
		return results
	}
	// p of haar is 0.035, after correction for two variants 0.070
	same := offset(seeds("window:16", 1, 1, 1), -0.03, 0.03, 0.02)
	lead := func() []Result { return offset(seeds("haar", 1, 1, 1), -0.06, -0.085, -0.04) }
	oneSeed := join(seeds("none", 1), offset(seeds("window:16", 1), 0.2), seeds("haar", 1))
	for i := range oneSeed[2].WindowLosses {
		oneSeed[2].WindowLosses[i] = oneSeed[0].WindowLosses[i] - 0.01 + 0.037*math.Sin(float64(i))
		oneSeed[1].WindowLosses[i] = oneSeed[0].WindowLosses[i] + 0.1*math.Sin(float64(i))
	}
	for i := range oneSeed {
		oneSeed[i].Curve[len(oneSeed[i].Curve)-1].Loss = stat.Mean(oneSeed[i].WindowLosses, nil)
	}

	tests := []struct {
		name    string
		results []Result
		outcome Outcome
	}{
		{"three seeds, faster", join(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71)), Faster},
		{"one seed, faster", join(seeds("none", 1), seeds("haar", 0.7)), Faster},
		{"two seeds", join(seeds("none", 1, 1), seeds("haar", 0.7, 0.701)), Faster},
		{"slow steps", join(seeds("none", 1, 1, 1), slowed(1.6, seeds("haar", 0.7, 0.68, 0.71))), FasterInSteps},
		{"slower", join(seeds("none", 1, 1, 1), seeds("haar", 1.3, 1.32, 1.28)), Slower},
		{"no difference", join(seeds("none", 1, 1, 1, 1), noisy), NoDifference},
		{"baseline on the plateau", stopped(55, join(seeds("none", 1, 1, 1), seeds("haar", 0.5, 0.51, 0.49))), Faster},
		{"baseline above the plateau", stopped(8, join(seeds("none", 1, 1, 1), seeds("haar", 0.5, 0.51, 0.49))), Faster},
		{"both on the plateau", stopped(40, join(seeds("none", 1, 1, 1), seeds("haar", 0.9, 0.91, 0.9))), Faster},
		{"only the variant on the plateau", stopped(80, join(seeds("none", 1, 1, 1), seeds("haar", 1.5, 1.51, 1.5))), Slower},
		{"one seed of three on the plateau", someStuck, NoDifference},
		{"baseline overfits", join(overfit, seeds("haar", 0.9, 0.91, 0.9)), Faster},
		{"variant overfits", join(seeds("none", 1, 1, 1), shallow), Mixed},
		{"a diverged run", join(seeds("none", 1, 1, 1, 1), diverged), Faster},
		{"unfinished baselines", join(unfinished, seeds("haar", 0.7, 0.7, 0.7, 0.71)), Faster},
		{"variant lost", join(seeds("none", 1), lost), Undecided},
		{"no windows", untested, Undecided},
		{"shift does better", join(seeds("none", 1, 1, 1), seeds("shift", 0.5, 0.51, 0.5), seeds("haar", 0.7, 0.68, 0.71)), Faster},
		{"shift does as well", join(seeds("none", 1, 1, 1), seeds("shift", 0.7, 0.7, 0.69), seeds("haar", 0.7, 0.68, 0.71)), Faster},
		{"shift does worse", join(seeds("none", 1, 1, 1), seeds("shift", 0.9, 0.91, 0.9), seeds("haar", 0.7, 0.68, 0.71)), Faster},
		{"one seed of three never crosses", join(seeds("none", 1, 1, 1), seeds("haar", 0.8, 1.02, 0.8)), NoDifference},
		{"itself", seeds("none", 1, 1, 1), NoDifference},
		{"ahead, lost by the correction", join(seeds("none", 1, 1, 1), same, lead()), Ahead},
		{"behind, lost by the correction", join(seeds("none", 1, 1, 1), same, offset(lead(), 0.12, 0.17, 0.08)), Behind},
		{"ahead, one seed", oneSeed, Ahead},
	}
	var text strings.Builder
	for _, test := range tests {
		s := compared(t, test.results...)
		last := s.Comparisons[len(s.Comparisons)-1]
		if last.Outcome != test.outcome {
			t.Errorf("%s: outcome %q, want %q", test.name, last.Outcome, test.outcome)
		}
		text.WriteString("# " + test.name + "\n" + strings.Join(wrap(last.Verdict, 100), "\n") + "\n\n")
	}
	golden(t, "verdicts.txt", text.String())
}

// The sentence about the plateau must be the first one, and say on which side of it the
// baseline ended: a curve of n evaluations ends above it, on it, or below it.
func TestPlateauComesFirst(t *testing.T) {
	for evaluations, want := range map[int]string{
		2:  "The baseline has not reached the plateau",
		9:  "The baseline has not reached the plateau", // 0.11 nats above it
		11: "The baseline never left the plateau",      // 0.08 nats above it
		55: "The baseline never left the plateau",
		80: "haar is ",
	} {
		s := compared(t, stopped(evaluations, join(seeds("none", 1, 1), seeds("haar", 0.5, 0.5)))...)
		if !strings.HasPrefix(s.Comparisons[0].Verdict, want) {
			t.Errorf("%d evaluations: not %q but %s", evaluations, want, s.Comparisons[0].Verdict)
		}
		if reached := !strings.Contains(strings.Join(remarks(s), " "), "has not reached"); reached != (evaluations > 10) {
			t.Errorf("%d evaluations: remarks %q", evaluations, remarks(s))
		}
	}
}

// Text of several units per token must not be called nats per unit.
func TestVerdictNamesTheUnit(t *testing.T) {
	s := &Summary{Data: Data{Unit: "character", UnitsPerToken: 0.5}}
	if err := s.Compare(join(seeds("none", 1), seeds("haar", 0.7))); err != nil {
		t.Fatal(err)
	}
	c := &s.Comparisons[0]
	want := s.Data.lossText(*c.BaselineLoss)
	if !strings.Contains(c.Verdict, want) || !strings.HasSuffix(want, "nats per token)") {
		t.Errorf("verdict without %q: %s", want, c.Verdict)
	}
}

// One side that was trained for longer ends lower without any merit, so nothing is tested;
// a last step that was not logged makes no difference.
func TestVerdictOfOtherLengths(t *testing.T) {
	trained := func(steps int, tokens int64) *Comparison {
		own := seeds("haar", 1, 1.1, 1.2)
		for i := range own {
			own[i].Steps, own[i].Tokens = steps, tokens
		}
		return &compared(t, join(seeds("none", 1.3, 1.4, 1.5), own)...).Comparisons[0]
	}
	base := seeds("none", 1)[0]
	const want = "so their final losses are not comparable, and not tested"
	for _, test := range []struct {
		steps  int
		tokens int64
		tested bool
	}{
		{base.Steps, base.Tokens, true}, {base.Steps * 201 / 200, 0, true}, {2 * base.Steps, base.Tokens, base.Tokens > 0},
		{2 * base.Steps, 2 * base.Tokens, false}, {base.Steps / 2, base.Tokens / 2, false},
	} {
		c := trained(test.steps, test.tokens)
		if tested := c.PValueHolm != nil && c.Outcome != Undecided; tested != test.tested || strings.Contains(c.Verdict, want) == tested {
			t.Errorf("%d steps and %d tokens: %s", test.steps, test.tokens, c.Verdict)
		}
	}
}
