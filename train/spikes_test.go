package train

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/run"
)

// Scores are those of the definition, over the values before each.
func TestTrailingScore(t *testing.T) {
	var w trailing
	var all []float64
	for i := range 200 {
		x := math.Sin(float64(i*i)) + float64(i)/50
		z := w.score(x)
		before := all[max(0, len(all)-trailingSteps):]
		all = append(all, x)
		if len(before) < trailingLeast {
			if z != nil {
				t.Errorf("a score of %v after %d values", *z, len(before))
			}
			continue
		}
		mean, sd := stat.MeanStdDev(before, nil)
		if z == nil || math.Abs(*z-(x-mean)/sd) > 1e-9 {
			t.Errorf("value %d has score %v, want %v", i, z, (x-mean)/sd)
		}
	}
}

// One value that is not finite has no score and leaves those after it as they
// would be.
func TestTrailingNeverTakesInNonFinite(t *testing.T) {
	var with, without trailing
	for i := range 100 {
		x := float64(i % 7)
		if i == 40 {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				if z := with.score(bad); z != nil {
					t.Errorf("%v has score %v", bad, *z)
				}
			}
		}
		a, b := with.score(x), without.score(x)
		if (a == nil) != (b == nil) || a != nil && *a != *b {
			t.Errorf("value %d: %v and %v", i, a, b)
		}
	}
	if slices.ContainsFunc(with, func(x float64) bool { return !finite(x) }) {
		t.Errorf("the window holds %v", with)
	}
}

// Equal values have no spread to measure by.
func TestTrailingOfEqualValues(t *testing.T) {
	for _, value := range []float64{2, 0.1, -1e-30, 0} {
		var w trailing
		for range 50 {
			if z := w.score(value); z != nil {
				t.Errorf("%v has score %v", value, *z)
			}
		}
		if z := w.score(value + 1); z != nil {
			t.Errorf("%v after %v has score %v", value+1, value, *z)
		}
	}
}

// spiky is a run that is long enough for the window of scores to be full.
func spiky(c *config.Config) { c.Train.Steps, c.Train.SaveEvery, c.Train.EvalEvery = 90, 20, 45 }

// The columns of the log: there once the window is, and the same whether or not
// the run stopped within.
func TestSpikesResume(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	finish(t, begin(t, dir, small(spiky), set))
	want := metricsOf(t, dir)
	for _, m := range want {
		if got := m.LossZ != nil && m.GradNormZ != nil; got != (m.Loss != nil && m.Step > trailingLeast) {
			t.Errorf("step %d has scores: %v", m.Step, got)
		}
	}
	dir = t.TempDir()
	l := begin(t, dir, small(spiky), set)
	for _, stop := range []stop{kill(7, nil), kill(23, nil), kill(78, nil), kill(85, nil)} {
		stop(t, l)
		closeLoop(t, l)
		l, _ = goOn(t, dir, set)
	}
	finish(t, l)
	for i, got := range metricsOf(t, dir) {
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want[i])
		if string(a) != string(b) {
			t.Errorf("line %d is %s, without stops %s", i+1, a, b)
		}
	}
}

// A step whose loss jumps stands out in its own line.
func TestSpikeIsSeen(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(spiky), set)
	const step = 60
	err := l.Advance(t.Context(), step, func(r Report) {
		if r.Step == step-1 && r.Loss != nil {
			for i := range l.model.Params {
				l.model.Params[i] *= 3
			}
			l.model.Pack()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	closeLoop(t, l)
	var scores []run.Metric
	for _, m := range metricsOf(t, dir) {
		if m.LossZ != nil && (*m.LossZ > 8 || m.Step == step) {
			scores = append(scores, m)
		}
	}
	if len(scores) != 1 || scores[0].Step != step || *scores[0].LossZ < 8 || *scores[0].GradNormZ < 8 {
		t.Errorf("steps with a score above 8: %+v", scores)
	}
}
