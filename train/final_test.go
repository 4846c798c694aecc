package train

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

// all evaluates the final weights on every window that there is.
func all(c *config.Config) { c.Eval.FinalWindows = 1 << 20 }

// The final evaluation has the loss of every window of the validation split with its
// document; its mean and the test loss are those of that many windows. The curve
// stays on few.
func TestFinalEvaluation(t *testing.T) {
	for name, test := range map[string]struct {
		set     *dataset.Set
		windows int
	}{
		"anywhere, all": {corpus(t, 1, letters), 1 << 20},
		"anywhere, 7":   {corpus(t, 1, letters), 7},
		"in documents":  {pieces(t), 100},
	} {
		t.Run(name, func(t *testing.T) {
			set, dir := test.set, t.TempDir()
			c := small(func(c *config.Config) { c.Eval.Windows, c.Eval.FinalWindows = 2, test.windows })
			l := begin(t, dir, c, set)
			var last Report
			if err := l.Advance(t.Context(), 14, func(r Report) { last = r }); err != nil {
				t.Fatal(err)
			}
			of := func(split string, n int) ([]float32, []int, float64) {
				losses, tokens, err := Evaluate(t.Context(), l.Model(), set, split, n, 1)
				if err != nil {
					t.Fatal(err)
				}
				return losses, tokens, Mean(losses, tokens)
			}
			losses, tokens, final := of(dataset.Validation, test.windows)
			if len(losses) < 4 || len(losses) > test.windows {
				t.Fatalf("%d windows", len(losses))
			}
			got, err := l.run.FinalEvaluation()
			if err != nil || len(got) != len(losses) {
				t.Fatalf("%d windows, want %d, error %v", len(got), len(losses), err)
			}
			starts, err := set.Windows(dataset.Validation, test.windows, 17)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range got {
				if w.Loss != losses[i] || w.Tokens != tokens[i] {
					t.Errorf("window %d is %+v, want loss %v of %d tokens", i, w, losses[i], tokens[i])
				}
				d := set.Header.Documents[w.Document]
				at := set.Header.Splits.Validation.Start + starts[i]
				if d.Split != dataset.Validation || at < d.Start || at >= d.Start+d.Length {
					t.Errorf("window %d begins at %d, not in %+v", i, at, d)
				}
			}
			metrics := metricsOf(t, dir)
			line, curve := metrics[len(metrics)-1], metrics[len(metrics)-2]
			_, _, tested := of(dataset.Test, test.windows)
			_, _, few := of(dataset.Validation, 2)
			switch {
			case line.FinalLoss == nil || *line.FinalLoss != final || line.TestLoss == nil || *line.TestLoss != tested || line.Finished:
				t.Errorf("the last line is %+v, want losses %v and %v", line, final, tested)
			case curve.ValidationLoss == nil || *curve.ValidationLoss != few || curve.FinalLoss != nil:
				t.Errorf("the line before is %+v, want loss %v", curve, few)
			case last.FinalLoss == nil || *last.FinalLoss != final:
				t.Errorf("reported is %v", last)
			}
			closeLoop(t, l)
		})
	}
}

// Data without a test split has a final loss too.
func TestFinalEvaluationWithoutTest(t *testing.T) {
	set, dir := piecesOf(t, map[string][]int{dataset.Train: {40}, dataset.Validation: {40, 11}}), t.TempDir()
	l := begin(t, dir, small(all), set)
	finish(t, l)
	losses, tokens, err := Evaluate(t.Context(), l.Model(), set, dataset.Validation, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	metrics := metricsOf(t, dir)
	if last := metrics[len(metrics)-1]; !last.Finished || last.TestLoss != nil || last.FinalLoss == nil || *last.FinalLoss != Mean(losses, tokens) {
		t.Errorf("the last line is %+v", last)
	}
}

// Without windows for it there is neither a file nor a loss.
func TestNoFinalEvaluation(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	finish(t, begin(t, dir, small(nil), set))
	if got, err := (&run.Run{Dir: dir}).FinalEvaluation(); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if log := bytesOf(t, dir)[run.MetricsFile]; strings.Contains(log, "final_loss") {
		t.Errorf("the log is %s", log)
	}
}

// A final evaluation that was stopped is made again, to the byte.
func TestResumeFinalEvaluation(t *testing.T) {
	set := corpus(t, 1, letters)
	c := small(all)
	whole := t.TempDir()
	finish(t, begin(t, whole, c, set))
	want := bytesOf(t, whole)
	if want[run.FinalFile] == "" {
		t.Fatal("no final evaluation")
	}
	spoilFinal := func(t *testing.T, dir string) {
		cutLastLine(t, dir)
		if err := os.WriteFile(filepath.Join(dir, run.FinalFile), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, stops := range map[string][]stop{
		"within it":                 {signalEvaluating(14, 1)},
		"within the test":           {signalEvaluating(14, 3)}, // after 6 windows and those of the split
		"killed before its line":    {kill(14, cutLastLine)},
		"killed, and it is damaged": {kill(14, spoilFinal)},
		"again and again":           {signal(12), signalEvaluating(14, 1), kill(14, cutLastLine), kill(14, spoilFinal)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := begin(t, dir, c, set)
			for _, stop := range stops {
				stop(t, l)
				closeLoop(t, l)
				l, _ = goOn(t, dir, set)
			}
			finish(t, l)
			wantBytes(t, dir, want)
		})
	}
	// A branch has it too.
	trunk := trunkOf(t, stable(20, all), set, nil, 8)
	dir, whole := filepath.Join(t.TempDir(), "branch"), t.TempDir()
	branchOff(t, dir, stable(14, all), set, 8, trunk)
	if _, err := os.Stat(filepath.Join(dir, run.FinalFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the branch has the trunk's final evaluation, %v", err)
	}
	finish(t, begin(t, dir, stable(14, all), set))
	finish(t, begin(t, whole, stable(14, all), set))
	wantBytes(t, dir, bytesOf(t, whole))
}

// A final loss that is not finite ends the run, and is not stored.
func TestFinalLossDiverges(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(func(c *config.Config) { all(c); c.Train.Threads = 1 }), set)
	nativeOf(l).delay = func() {
		if l.saved == 14 {
			l.model.Params[3] = float32(math.NaN())
		}
	}
	err := l.Advance(t.Context(), 14, func(Report) {})
	if !errors.Is(err, ErrNonFinite) || !strings.Contains(err.Error(), "the final loss is not finite") {
		t.Fatal(err)
	}
	metrics := metricsOf(t, dir)
	if last := metrics[len(metrics)-1]; last.NonFinite != "final loss" || last.FinalLoss != nil || last.TestLoss != nil {
		t.Errorf("the last line is %+v", last)
	}
	if got, err := l.run.FinalEvaluation(); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if steps := stepsOf(t, l); !slices.Contains(steps, 14) {
		t.Errorf("checkpoints %v", steps)
	}
	closeLoop(t, l)
}
