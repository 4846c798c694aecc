package train

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/run"
)

func skipping(c *config.Config) { c.Train.OnNonFinite, c.Train.Threads = "skip", 1 }

// spoilStep makes an element of the gradient NaN in some steps: after the lanes
// are computed and added.
func spoilStep(l *Loop, spoiled func(step int) bool) {
	var step *float64 // the losses of a step are its own
	tasks := 0
	nativeOf(l).delay = func() {
		if len(nativeOf(l).losses) == 0 {
			return
		}
		if now := &nativeOf(l).losses[0]; now != step {
			step, tasks = now, 0
		}
		if tasks++; tasks == nativeOf(l).lanes.count+1 && spoiled(l.step+1) {
			nativeOf(l).lanes.sum[17] = float32(math.NaN())
		}
	}
}

// Steps that are skipped make no update, are written down, count no tokens, and
// a run with them goes on to the same bytes after every stop.
func TestSkip(t *testing.T) {
	set := corpus(t, 1, letters)
	bad := func(step int) bool { return step == 3 || step == 5 || step == 11 }
	dir := t.TempDir()
	l := begin(t, dir, small(skipping), set)
	spoilStep(l, bad)
	var before []float32
	warnings := 0
	err := l.Advance(t.Context(), 14, func(r Report) {
		if r.Warning != nil {
			warnings++
			if !r.Skipped || !strings.Contains(r.Warning.Error(), "the gradient is not finite") {
				t.Errorf("warning %v of %+v", r.Warning, r.Metric)
			}
			for i, p := range l.model.Params {
				if math.Float32bits(p) != math.Float32bits(before[i]) {
					t.Fatalf("step %d changed parameter %d", r.Step, i)
				}
			}
		}
		before = slices.Clone(l.model.Params)
	})
	if err != nil || warnings != 3 || !l.Done() {
		t.Fatalf("%v, %d warnings", err, warnings)
	}
	closeLoop(t, l)
	want := snapshot(t, dir)
	perStep := int64(3 * 2 * 16)
	skipped := int64(0)
	for _, m := range metricsOf(t, dir) {
		if bad(m.Step) && m.Skipped {
			skipped++
			if m.NonFinite != "gradient" || m.Loss != nil {
				t.Errorf("line %+v", m)
			}
		}
		if m.Tokens != (int64(m.Step)-skipped)*perStep {
			t.Errorf("step %d after %d skipped ones: %d tokens", m.Step, skipped, m.Tokens)
		}
	}
	if skipped != 3 {
		t.Errorf("%d lines of skipped steps", skipped)
	}

	dir = t.TempDir()
	l = begin(t, dir, small(skipping), set)
	for _, stop := range []stop{kill(4, nil), signal(6), kill(7, nil), signal(10), signal(12)} {
		spoilStep(l, bad)
		stop(t, l)
		closeLoop(t, l)
		l, _ = goOn(t, dir, set)
	}
	spoilStep(l, bad)
	finish(t, l)
	compareSnapshots(t, snapshot(t, dir), want)
}

// What no batch mends is not skipped for ever, and the last good checkpoint
// stays.
func TestSkipEnds(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(func(c *config.Config) { skipping(c); c.Train.Steps = 40 }), set)
	spoilStep(l, func(step int) bool { return step > 8 })
	err := l.Advance(t.Context(), 40, func(Report) {})
	if !errors.Is(err, ErrNonFinite) || l.Step() != 8+maxSkipped {
		t.Fatalf("after step %d: %v", l.Step(), err)
	}
	closeLoop(t, l)
	// Also where the ten were skipped by several processes.
	l, _ = goOn(t, dir, set)
	for range 3 {
		spoilStep(l, func(step int) bool { return step > 8 })
		if err := l.Advance(t.Context(), l.Step()+3, func(Report) {}); err != nil {
			break
		}
		if err := l.Save(); err != nil {
			t.Fatal(err)
		}
		closeLoop(t, l)
		l, _ = goOn(t, dir, set)
	}
	spoilStep(l, func(step int) bool { return step > 8 })
	if err := l.Advance(t.Context(), 40, func(Report) {}); !errors.Is(err, ErrNonFinite) || l.Step() > 8+maxSkipped {
		t.Errorf("after step %d: %v", l.Step(), err)
	}
	if steps := stepsOf(t, l); !slices.Contains(steps, 15) {
		t.Errorf("checkpoints %v", steps)
	}
	closeLoop(t, l)
}

// The windows of the step are what the step was trained on, and the one that is
// at fault has no loss.
func TestNonFiniteWindowsAreWritten(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	err := l.Advance(t.Context(), 14, func(r Report) {
		if r.Step == 6 && r.Loss != nil {
			// The position that only the second half of a window reaches.
			l.model.Params[3] = float32(math.NaN())
		}
	})
	path := filepath.Join(dir, run.NonFiniteDir, "step-00000007.json")
	if !errors.Is(err, ErrNonFinite) || !strings.Contains(err.Error(), path) {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got run.NonFinite
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.FormatVersion != 1 || got.Step != 7 || got.What != "loss" || len(got.Windows) != 6 {
		t.Fatalf("%+v", got)
	}
	without := 0
	for i, w := range got.Windows {
		want := make([]uint16, 17)
		if _, err := set.Draw(want, 1, 7, i); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.Tokens, want) {
			t.Errorf("window %d is %v, want %v", i, w.Tokens, want)
		}
		// Parameter 3 is of the embedding of token 0.
		if slices.Contains(want[:16], 0) != (w.Loss == nil) {
			t.Errorf("window %d has loss %v and tokens %v", i, w.Loss, want)
		}
		if w.Loss == nil {
			without++
		} else if !(*w.Loss > 0.1 && *w.Loss < 10) {
			t.Errorf("window %d has loss %v nats per token", i, *w.Loss)
		}
	}
	if without == 0 {
		t.Error("no window is at fault")
	}
	closeLoop(t, l)
}

// An update can leave weights that are not finite behind a loss that is. They
// are never saved: the next start would be of no use, and in time such saves
// would push out every good one.
func TestNeverSavesNonFinite(t *testing.T) {
	set := corpus(t, 1, letters)
	for name, spoil := range map[string]func(l *Loop){
		"a weight":          func(l *Loop) { l.model.Params[3] = float32(math.Inf(1)) },
		"the first moment":  func(l *Loop) { nativeOf(l).adamw.M[5] = float32(math.NaN()) },
		"the second moment": func(l *Loop) { nativeOf(l).adamw.V[7] = float32(math.Inf(-1)) },
		"the momentum":      func(l *Loop) { nativeOf(l).muon.M[len(nativeOf(l).muon.M)-1] = float32(math.NaN()) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := begin(t, dir, small(func(c *config.Config) {
				withMuon(&c.Train)
				c.Train.SaveEvery, c.Train.Keep = 5, 1
			}), set)
			err := l.Advance(t.Context(), 14, func(r Report) {
				if r.Step == 10 && r.Loss != nil {
					spoil(l)
				}
			})
			if !errors.Is(err, ErrNonFinite) || !strings.Contains(err.Error(), "step 10") {
				t.Fatal(err)
			}
			if err := l.Save(); err != nil {
				t.Error(err)
			}
			if steps := stepsOf(t, l); !slices.Equal(steps, []int{5}) {
				t.Errorf("checkpoints %v", steps)
			}
			closeLoop(t, l)
			l, _ = goOn(t, dir, set)
			if l.Step() != 5 {
				t.Errorf("goes on after step %d", l.Step())
			}
			finish(t, l)
		})
	}
}
