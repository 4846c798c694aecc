package train

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// corpus prepares a text of random words with the characters of an alphabet.
func corpus(t *testing.T, seed uint64, alphabet string) *dataset.Set {
	t.Helper()
	var text strings.Builder
	r := rng.New(seed, rng.Windows, 0)
	for i := range uint64(900) {
		// A letter and its neighbours in the alphabet, so that there is something
		// to learn.
		at := r.Uint64n(i, uint64(len(alphabet)))
		for j := range 3 + at%3 {
			text.WriteByte(alphabet[(at+j)%uint64(len(alphabet))])
		}
		text.WriteByte(' ')
	}
	doc := media.Document{
		Name: "words.txt", Size: int64(text.Len()),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text.String())), nil },
	}
	set, err := dataset.Prepare(t.Context(), t.TempDir(), "words.txt", []media.Document{doc}, dataset.Options{Codec: "chars"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

const letters = "abcdefghijkl"

// small is the configuration of a run that takes a fraction of a second:
// evaluations after steps 0, 1, 2, 4, 8, 12 and 14, checkpoints after 5, 10, 14.
func small(change func(*config.Config)) config.Config {
	c, _ := config.Preset("tiny")
	c.Model.Width, c.Model.Heads, c.Model.Hidden, c.Model.Context = 16, 2, 32, 16
	c.Train.Steps, c.Train.Batch, c.Train.Accumulate, c.Train.Warmup = 14, 3, 2, 2
	c.Train.EvalEvery, c.Train.SaveEvery, c.Train.LR, c.Train.MinLR = 4, 5, 0.01, 0.001
	c.Eval.Windows = 6
	if change != nil {
		change(&c)
	}
	return c
}

// begin opens the loop of a new run in dir.
func begin(t *testing.T, dir string, c config.Config, set *dataset.Set) *Loop {
	t.Helper()
	r, err := Start(dir, c, set)
	if err != nil {
		t.Fatal(err)
	}
	l, warnings, err := Open(r, set)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	return l
}

// goOn opens the loop of a run that was begun.
func goOn(t *testing.T, dir string, set *dataset.Set) (*Loop, []error) {
	t.Helper()
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l, warnings, err := Open(r, set)
	if err != nil {
		t.Fatal(err)
	}
	return l, warnings
}

// finish trains to the last step.
func finish(t *testing.T, l *Loop) {
	t.Helper()
	if err := l.Advance(t.Context(), math.MaxInt, func(Report) {}); err != nil {
		t.Fatal(err)
	}
	if !l.Done() {
		t.Fatalf("not done after step %d", l.Step())
	}
	closeLoop(t, l)
}

func closeLoop(t *testing.T, l *Loop) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func metricsOf(t *testing.T, dir string) []run.Metric {
	t.Helper()
	metrics, err := (&run.Run{Dir: dir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	return metrics
}

func stepsOf(t *testing.T, l *Loop) []int {
	t.Helper()
	steps, err := l.store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// What a run writes down, and what it tells who watches, step by step.
func TestLoopWritesDown(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	var reports []run.Metric
	err := l.Advance(t.Context(), 14, func(r Report) {
		reports = append(reports, r.Metric)
		if r.Steps != 14 {
			t.Errorf("a report of %d steps", r.Steps)
		}
		if (r.TokensPerSecond > 0) != (r.Loss != nil) || r.Left < 0 || r.Step == 14 && r.Left != 0 {
			t.Errorf("step %d: %v tokens/s, %v left", r.Step, r.TokensPerSecond, r.Left)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	closeLoop(t, l)

	metrics := metricsOf(t, dir)
	if len(metrics) != len(reports) {
		t.Fatalf("%d lines and %d reports", len(metrics), len(reports))
	}
	evaluations, err := l.run.Evaluations()
	if err != nil {
		t.Fatal(err)
	}
	var steps, evaluated, tested []int
	var losses []float64
	for i, m := range metrics {
		if m.Step != reports[i].Step || m.NonFinite != "" {
			t.Errorf("line %d is %+v", i, m)
		}
		if want := int64(m.Step * 3 * 2 * 16); m.Tokens != want {
			t.Errorf("step %d: %d tokens, want %d", m.Step, m.Tokens, want)
		}
		switch {
		case m.Loss != nil:
			steps, losses = append(steps, m.Step), append(losses, *m.Loss)
			if *m.GradNorm <= 0 || *m.LR <= 0 || m.ValidationLoss != nil || m.TestLoss != nil {
				t.Errorf("line %d is %+v", i, m)
			}
		case m.ValidationLoss != nil:
			e := evaluations[len(evaluated)]
			if e.Step != m.Step || len(e.Losses) != 6 || Mean(e.Losses, slices.Repeat([]int{1}, 6)) != *m.ValidationLoss {
				t.Errorf("step %d: the mean of %+v is not %v", m.Step, e, *m.ValidationLoss)
			}
			evaluated = append(evaluated, m.Step)
		case m.TestLoss != nil:
			tested = append(tested, m.Step)
		}
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}; !slices.Equal(steps, want) {
		t.Errorf("steps %v", steps)
	}
	if want := []int{0, 1, 2, 4, 8, 12, 14}; !slices.Equal(evaluated, want) || len(evaluations) != len(want) {
		t.Errorf("evaluated after %v, %d records", evaluated, len(evaluations))
	}
	if !slices.Equal(tested, []int{14}) || metrics[len(metrics)-1].TestLoss == nil {
		t.Errorf("tested after %v", tested)
	}
	if losses[13] > losses[0]-0.3 {
		t.Errorf("the loss went from %v to %v", losses[0], losses[13])
	}
}

// A context that has ended saves what is done and comes back as its error.
func TestCancel(t *testing.T) {
	set := corpus(t, 1, letters)
	for _, stop := range []int{0, 1, 3, 5, 8, 13} {
		l := begin(t, t.TempDir(), small(nil), set)
		ctx, cancel := context.WithCancel(t.Context())
		err := l.Advance(ctx, 14, func(r Report) {
			if r.Step == stop {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stop at step %d: %v", stop, err)
		}
		steps := stepsOf(t, l)
		if l.Step() != stop || stop > 0 && (len(steps) == 0 || steps[len(steps)-1] != stop) || stop == 0 && len(steps) > 0 {
			t.Errorf("stop at step %d: is at %d with checkpoints %v", stop, l.Step(), steps)
		}
		closeLoop(t, l)
	}
}

// A part of the steps, as compare asks for to take turns.
func TestAdvanceInParts(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	for until := 4; until <= 16; until += 4 {
		if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
			t.Fatal(err)
		}
		if want := min(until, 14); l.Step() != want || l.Done() != (want == 14) {
			t.Errorf("until %d: is at %d, done %v", until, l.Step(), l.Done())
		}
	}
	lines := len(metricsOf(t, dir))
	if err := l.Advance(t.Context(), 20, func(Report) { t.Error("a report after the end") }); err != nil {
		t.Error(err)
	}
	closeLoop(t, l)

	l, _ = goOn(t, dir, set)
	if !l.Done() || l.Step() != 14 {
		t.Errorf("a finished run opens at step %d, done %v", l.Step(), l.Done())
	}
	finish(t, l)
	if got := len(metricsOf(t, dir)); got != lines {
		t.Errorf("%d lines, %d after the run was opened again", lines, got)
	}
}

// Baseline and variant of one seed differ in nothing but the operator: equal
// parameter counts, initial bytes, batches and learning rates.
func TestVariantsShareEverythingElse(t *testing.T) {
	set := corpus(t, 1, letters)
	open := func(mixer string, seed int64) *Loop {
		return begin(t, t.TempDir(), small(func(c *config.Config) { c.Model.Mixer, c.Train.Seed = mixer, seed }), set)
	}
	for _, seed := range []int64{1, 2} {
		baseline, haar, other := open("none", seed), open("haar", seed), open("none", seed+1)
		if a, b := baseline.Model().Parameters(), haar.Model().Parameters(); a != b {
			t.Errorf("%d parameters, with haar %d", a, b)
		}
		if !slices.Equal(baseline.Model().Params, haar.Model().Params) {
			t.Errorf("seed %d: initial values differ", seed)
		}
		if slices.Equal(baseline.Model().Params, other.Model().Params) {
			t.Errorf("seeds %d and %d have equal initial values", seed, seed+1)
		}
		for step := 1; step <= 5; step++ {
			var rates []float64
			for _, l := range []*Loop{baseline, haar, other} {
				err := l.Advance(t.Context(), step, func(r Report) {
					if r.Loss != nil {
						rates = append(rates, *r.LR)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if rates[0] != rates[1] {
				t.Errorf("step %d: learning rates %v", step, rates)
			}
			for i, window := range baseline.windows {
				want := make([]uint16, len(window))
				if _, err := set.Draw(want, uint64(seed), step, i); err != nil || !slices.Equal(window, want) {
					t.Errorf("seed %d, step %d: window %d is not the one that is drawn, %v", seed, step, i, err)
				}
			}
			same := func(a, b *Loop) bool { return slices.EqualFunc(a.windows, b.windows, slices.Equal) }
			if !same(baseline, haar) {
				t.Errorf("seed %d, step %d: windows differ", seed, step)
			}
			if same(baseline, other) {
				t.Errorf("step %d: seeds %d and %d have equal windows", step, seed, seed+1)
			}
		}
		if slices.Equal(baseline.Model().Params, haar.Model().Params) {
			t.Error("haar trains to the same weights as none")
		}
		for _, l := range []*Loop{baseline, haar, other} {
			closeLoop(t, l)
		}
	}
}

func TestOpenRefusesData(t *testing.T) {
	set := corpus(t, 1, letters)
	r, err := run.Create(t.TempDir(), small(nil), set.Codec)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing is trained yet, so that no checkpoint says which data it was.
	if _, _, err := Open(r, corpus(t, 1, "abcdefghijkm")); err == nil || !strings.Contains(err.Error(), r.Dir) {
		t.Errorf("data of another vocabulary: %v", err)
	}
	r, err = run.Create(t.TempDir(), small(func(c *config.Config) { c.Model.Context = 400 }), set.Codec)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(r, set); err == nil || !strings.Contains(err.Error(), "model.context") {
		t.Errorf("a context longer than the validation split: %v", err)
	}
}

// A log with a test loss means that the final weights are there: whoever reads
// that a run is finished may rely on its last checkpoint.
func TestTestedMeansSaved(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	tested := false
	err := l.Advance(t.Context(), 14, func(r Report) {
		if r.TestLoss == nil {
			return
		}
		tested = true
		if steps := stepsOf(t, l); !slices.Contains(steps, 14) {
			t.Errorf("tested with checkpoints %v", steps)
		}
	})
	if err != nil || !tested {
		t.Fatal(err)
	}
	closeLoop(t, l)
}
