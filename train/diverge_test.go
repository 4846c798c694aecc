package train

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/run"
)

// A number that is not finite: no update, nothing saved, the place written down,
// the run at its end.
func TestNonFinite(t *testing.T) {
	set := corpus(t, 1, letters)
	nan := float32(math.NaN())
	for _, test := range []struct {
		what  string
		step  int // that is named
		spoil func(l *Loop, r Report)
		saved []int
	}{
		{"loss", 7, func(l *Loop, r Report) {
			if r.Step == 6 {
				l.model.Params[3] = nan // of an embedding that text uses
			}
		}, []int{5}},
		{"loss", 1, func(l *Loop, r Report) {
			if r.Step == 0 {
				l.model.Params[3] = nan
			}
		}, nil},
		{"gradient", 7, func(l *Loop, r Report) {
			if r.Step != 6 {
				return
			}
			// Nothing comes to the last LayerNorm, so that logits are zero and the
			// loss is finite; on the way back its gain overflows.
			clear(l.model.Params)
			for _, tensor := range l.model.Tensors() {
				p := tensor.Of(l.model.Params)
				for i := range p {
					switch tensor.Name {
					case "lm_head.weight":
						p[i] = float32(i) * 1e18
					case "transformer.ln_f.weight":
						p[i] = 1e30
					}
				}
			}
			l.model.Pack()
		}, []int{5}},
		{"validation loss", 8, func(l *Loop, r Report) {
			if r.Step == 8 && r.Loss != nil {
				l.model.Params[3] = nan
			}
		}, []int{5}},
		// The test comes after the last save, which looks at the weights.
		{"state of the weights", 14, func(l *Loop, r Report) {
			if r.Step == 14 && r.ValidationLoss != nil {
				l.model.Params[3] = nan
			}
		}, []int{5, 10}},
	} {
		t.Run(test.what, func(t *testing.T) {
			dir := t.TempDir()
			l := begin(t, dir, small(func(c *config.Config) { withMuon(&c.Train) }), set)
			var params []float32
			var states [][]float32
			err := l.Advance(t.Context(), 14, func(r Report) {
				test.spoil(l, r)
				params, states = slices.Clone(l.model.Params), nil
				for _, s := range l.engine.states() {
					states = append(states, slices.Clone(s.values))
				}
			})
			if !errors.Is(err, ErrNonFinite) || !strings.Contains(err.Error(), test.what) {
				t.Fatal(err)
			}
			same := func(a, b []float32) bool {
				return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
			}
			if !same(params, l.model.Params) {
				t.Error("the step made an update")
			}
			for i, s := range l.engine.states() {
				if !same(states[i], s.values) {
					t.Errorf("the step changed %s", s.prefix)
				}
			}
			metrics := metricsOf(t, dir)
			last := metrics[len(metrics)-1]
			if last.Step != test.step || last.NonFinite != test.what || last.Loss != nil || last.ValidationLoss != nil || last.TestLoss != nil {
				t.Errorf("the last line is %+v", last)
			}
			if err := l.Save(); err != nil {
				t.Error(err)
			}
			if err := l.Advance(t.Context(), 14, func(Report) { t.Error("it goes on") }); !errors.Is(err, ErrNonFinite) {
				t.Errorf("advanced again: %v", err)
			}
			if steps := stepsOf(t, l); !slices.Equal(steps, test.saved) {
				t.Errorf("checkpoints %v, want %v", steps, test.saved)
			}
			closeLoop(t, l)

			// Opened again it goes on from the checkpoint, whose weights are good.
			l, _ = goOn(t, dir, set)
			finish(t, l)
			for _, m := range metricsOf(t, dir) {
				if m.NonFinite != "" {
					t.Errorf("a line is %+v", m)
				}
			}
			if _, err := run.OpenModel(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

// Where the checkpoint itself has led there, the run stays at its end.
func TestNonFiniteAfterCheckpoint(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	signalEvaluating(8, 0)(t, l)
	closeLoop(t, l)
	appendTo(run.MetricsFile, "{\"step\":8,\"tokens\":768,\"non_finite\":\"validation loss\"}\n")(t, dir)
	lines := len(metricsOf(t, dir))
	l, _ = goOn(t, dir, set)
	if err := l.Advance(t.Context(), 14, func(Report) {}); !errors.Is(err, ErrNonFinite) {
		t.Error(err)
	}
	closeLoop(t, l)
	if got := len(metricsOf(t, dir)); got != lines {
		t.Errorf("%s has %d lines, before %d", filepath.Join(dir, run.MetricsFile), got, lines)
	}
}
