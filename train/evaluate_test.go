package train

import (
	"math"
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// The loss of a window is the mean of -log p(next token), written out here from
// the model's logits; and the split is the one that was asked for.
func TestEvaluate(t *testing.T) {
	set := corpus(t, 1, letters)
	l := begin(t, t.TempDir(), small(nil), set)
	defer closeLoop(t, l)
	m := l.Model()
	for seed := range uint64(3) {
		// Larger weights than the initial ones, with which all tokens are alike.
		r := rng.New(seed, rng.Init, 0)
		for i := range m.Params {
			m.Params[i] += float32(0.2 * r.Normal(uint64(i)))
		}
		m.Pack()
		checkEvaluate(t, m, set)
	}
}

func checkEvaluate(t *testing.T, m *gpt.Model, set *dataset.Set) {
	t.Helper()
	space := m.NewWorkspace()
	L, V := m.Config.Context, m.Config.Vocabulary
	for _, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		losses, tokens, err := Evaluate(t.Context(), m, set, split, 5, 2)
		if err != nil {
			t.Fatal(err)
		}
		starts, err := set.Windows(split, 5, L+1)
		if err != nil {
			t.Fatal(err)
		}
		if len(losses) != len(starts) {
			t.Fatalf("%s: %d losses of %d windows", split, len(losses), len(starts))
		}
		if slices.Min(tokens) != L || slices.Max(tokens) != L {
			t.Fatalf("%s: windows of %v tokens, want %d", split, tokens, L)
		}
		all, err := TokenLosses(t.Context(), m, set, split, starts, 2)
		if err != nil || len(all) != len(starts) {
			t.Fatalf("%s: token losses of %d windows, error %v", split, len(all), err)
		}
		window := make([]uint16, L+1)
		for i, start := range starts {
			if err := set.Read(window, split, start); err != nil {
				t.Fatal(err)
			}
			logits := space.Logits(window[:L])
			want := 0.0
			for p := range L {
				sum := 0.0
				for _, x := range logits[p*V : (p+1)*V] {
					sum += math.Exp(float64(x))
				}
				loss := math.Log(sum) - float64(logits[p*V+int(window[p+1])])
				if math.Abs(float64(all[i][p])-loss) > 1e-5 {
					t.Errorf("%s, window %d, position %d: loss %v, want %v", split, i, p, all[i][p], loss)
				}
				want += loss / float64(L)
			}
			if math.Abs(float64(losses[i])-want) > 1e-5 {
				t.Errorf("%s, window %d: loss %v, want %v", split, i, losses[i], want)
			}
		}
	}
}

// The last lines of a run are the losses of its final weights, each on its own
// split.
func TestFinalLosses(t *testing.T) {
	set := corpus(t, 1, letters)
	dir, c := t.TempDir(), small(nil)
	l := begin(t, dir, c, set)
	finish(t, l)
	of := func(split string) float64 {
		losses, tokens, err := Evaluate(t.Context(), l.Model(), set, split, c.Eval.Windows, 0)
		if err != nil {
			t.Fatal(err)
		}
		return Mean(losses, tokens)
	}
	metrics := metricsOf(t, dir)
	validation, test := metrics[len(metrics)-2].ValidationLoss, metrics[len(metrics)-1].TestLoss
	if validation == nil || *validation != of(dataset.Validation) {
		t.Errorf("validation loss %v, want %v", validation, of(dataset.Validation))
	}
	if test == nil || *test != of(dataset.Test) {
		t.Errorf("test loss %v, want %v", test, of(dataset.Test))
	}
}
