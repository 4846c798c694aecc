package compare

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/summary"
)

// searchStudies are a list that grows and random searches, over parts of the steps and
// over horizons that are branches of one run.
func searchStudies(t *testing.T) map[string]Study {
	c := tinyConfig(t)
	c.Train.Steps, c.Train.Warmup = 8, 2
	base := Study{Plan: Plan{Config: c, Seeds: []uint64{1}, Variants: []Variant{{Spec: "none"}, {Spec: "haar"}}}}
	list, halves, branches := base, base, base
	list.Sweep = swept("train.lr", 1e-4, 2e-4)
	halves.Sweep = parsed(t, 3, "lr=1e-3..1e-2", "beta2=0.9..0.99")
	branches.Sweep, branches.Horizons, branches.Variants = halves.Sweep, []int{6, 8}, base.Variants[:1]
	branches.Config.Train.Schedule, branches.Config.Train.Cooldown = "wsd", 0.5
	return map[string]Study{"list": list, "halves": halves, "branches": branches}
}

// A study with a sweep, interrupted and run again, has the same summary. When it is
// finished, nothing is left to estimate or to train, with its directories and from its
// summary alone, and its summary has lost no run.
func TestSearchAgain(t *testing.T) {
	set := corpus(t)
	for name, s := range searchStudies(t) {
		dir := t.TempDir()
		for _, events := range []int{7, 60} {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := s.Run(ctx, dir, set, Watch{Event: func(Event) {
				if events--; events == 0 {
					cancel()
				}
			}}, "waveletgpt compare")
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		out := study(t, dir, s, set, Watch{})
		if name == "halves" {
			if diff := cmp.Diff(timeless(t, study(t, t.TempDir(), s, set, Watch{})), timeless(t, out)); diff != "" {
				t.Errorf("after interruptions (-without +with):\n%s", diff)
			}
		}
		e, err := s.Estimate(t.Context(), dir, set)
		if err != nil || e.There != e.Runs || e.Seconds != 0 || len(e.Beyond) != 0 {
			t.Errorf("%s: %d of %d runs are there, %v, beyond %v", name, e.There, e.Runs, err, e.Beyond)
		}
		if err := out.Write(dir); err != nil {
			t.Fatal(err)
		}
		if err := s.Resume(dir, set.Header.Hash); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, where := range []string{dir, t.TempDir()} {
			again := study(t, where, s, set, Watch{Event: func(e Event) { t.Errorf("%s, seed %d is trained again", e.Label, e.Seed) }})
			if diff := cmp.Diff(timeless(t, out), timeless(t, again)); diff != "" {
				t.Errorf("%s, again (-trained +again):\n%s", name, diff)
			}
		}
		// A second seed and a third variant lose nothing either.
		s.Seeds, s.Variants = append(s.Seeds, 2), append(slices.Clip(s.Variants), Variant{Spec: "shift"})
		if err := s.Resume(dir, set.Header.Hash); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A learning rate that is too low is followed upwards, and the comparison has what the
// sweep came to.
func TestStudyExtendsItsSweep(t *testing.T) {
	set, s := corpus(t), searchStudies(t)["list"]
	var parts []string
	out := study(t, t.TempDir(), s, set, Watch{Part: func(what string) { parts = append(parts, what) }})
	if len(out.Sweep.Added) != summary.MostAdded || len(out.Sweep.Trials) != 6*2*2 {
		t.Fatalf("added %v, %d trials", out.Sweep.Added, len(out.Sweep.Trials))
	}
	if want := "sweeping train.lr at 0.0004 too, because the best value for none and haar is at an edge: 4 runs more"; len(parts) != 7 || parts[1] != want {
		t.Errorf("parts %q", parts)
	}
	for _, trial := range out.Sweep.Trials {
		if trial.FinalLoss == nil || len(trial.WindowLosses) != 0 {
			t.Errorf("%s has a loss of %v, and those of %d windows; a choice needs the mean alone", trial.Label(), trial.FinalLoss, len(trial.WindowLosses))
		}
	}
	for _, r := range out.Runs {
		if r.Tuned["train.lr"] != 3.2e-3 || r.Tuned["train.min_lr"] != 3.2e-4 {
			t.Errorf("%s has %v", r.Label(), r.Tuned)
		}
	}
	if text := out.Comparisons[0].Verdict; !strings.Contains(text, "at the edge of the sweep, after 4 added values.") {
		t.Errorf("verdict %s", text)
	}
}

// The finished trials of a sweep of one seed are reused; only those of the second seed
// are trained.
func TestSweepOfOneSeedGoesOn(t *testing.T) {
	set, s, dir := corpus(t), searchStudies(t)["list"], t.TempDir()
	s.Sweep = swept("train.lr", 1e-3, 2e-3)
	old := study(t, dir, s, set, Watch{})
	old.Sweep.Keys, old.Sweep.Seeds, old.Sweep.Added, old.Sweep.Near = nil, nil, nil, nil
	second := func(r summary.Trial) bool { return r.Seed != old.Sweep.Seed || r.Tuned["train.lr"].(float64) > 2e-3 }
	old.Sweep.Trials = slices.DeleteFunc(old.Sweep.Trials, second)
	s.Earlier = old
	if lost, err := s.runsLost(set.Header.Hash); err != nil || len(lost) > 2 { // the choice of the four added values
		t.Errorf("lost %v, %v", lost, err)
	}
	trained := map[string]bool{}
	out := study(t, t.TempDir(), s, set, Watch{Event: func(e Event) {
		if e.Seed == old.Sweep.Seed {
			trained[e.Label] = true
		}
	}})
	for label := range trained {
		if strings.HasSuffix(label, "train.lr=0.001") || strings.HasSuffix(label, "train.lr=0.002") {
			t.Errorf("%s is trained again", label)
		}
	}
	if len(out.Sweep.Seeds) != 2 || len(trained) == 0 {
		t.Errorf("seeds %v, trained %v", out.Sweep.Seeds, trained)
	}
}
