package compare

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// wholeStudy asks for everything. The baseline learns slowly, so that the others
// save steps.
func wholeStudy(t *testing.T) Study {
	c := tinyConfig(t)
	c.Train.Warmup, c.Train.Steps = 2, 12
	return Study{
		Plan: Plan{
			Config: c, Seeds: []uint64{1, 2},
			Variants: []Variant{
				{Name: "slow", Spec: "none", Set: map[string]any{"train.weight_decay": 0.0}},
				{Spec: "haar:fraction=0.5", Set: map[string]any{"train.beta2": 0.9}},
			},
		},
		Sweep:   swept("train.lr", 1e-3, 4e-3),
		Confirm: true, Match: []string{summary.Depth, summary.Width}, Probe: true,
	}
}

func study(t *testing.T, dir string, s Study, set *dataset.Set, watch Watch) *summary.Summary {
	t.Helper()
	out, err := s.Run(t.Context(), dir, set, watch, "waveletgpt compare")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// timeless is a summary as it is written, without what the clock says.
func timeless(t *testing.T, s *summary.Summary) string {
	t.Helper()
	document, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err = summary.Decode(strings.NewReader(string(document)))
	if err != nil {
		t.Fatal(err)
	}
	forget := func(runs []summary.Run) {
		for i := range runs {
			runs[i] = runs[i].WithoutSeconds()
		}
	}
	forget(s.Runs)
	forget(s.Shorter)
	for i := 0; s.Sweep != nil && i < len(s.Sweep.Trials); i++ {
		s.Sweep.Trials[i].Run = s.Sweep.Trials[i].WithoutSeconds()
	}
	for i := range s.Confirmations {
		forget(s.Confirmations[i].Runs)
	}
	for i := range s.Matches {
		for j := range s.Matches[i].Sizes {
			forget(s.Matches[i].Sizes[j].Runs)
		}
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		c.SecondsSaved, c.Outcome, c.Verdict = nil, "", ""
		if c.HorizonRatio != nil {
			c.HorizonRatio.Seconds = nil
		}
	}
	if document, err = s.Encode(); err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func TestStudy(t *testing.T) {
	set, dir, s := corpus(t), t.TempDir(), wholeStudy(t)
	var parts []string
	out := study(t, dir, s, set, Watch{Part: func(what string) { parts = append(parts, what) }})

	if out.Baseline != "slow" || len(out.Runs) != 4 || out.Comparisons[0].Label() != "haar train.beta2=0.9" {
		t.Errorf("baseline %s, %d runs, %s", out.Baseline, len(out.Runs), out.Comparisons[0].Label())
	}
	if text := out.Comparisons[0].Verdict; !strings.Contains(text, " values of train.lr, by the mean of 2 seeds") {
		t.Errorf("the verdict is silent about the sweep: %s", text)
	}

	// The probe's loss is that of the run's last evaluation, and the positions'
	// mean; with one block, after it is after all.
	for _, p := range out.Probes {
		at := slices.IndexFunc(out.Runs, func(r summary.Run) bool { return r.Label() == p.Variant && r.Seed == p.Seed })
		if math.Abs(p.Loss-*out.Runs[at].FinalLoss) > 1e-5 || len(p.Positions) != 16 {
			t.Errorf("%s: probe %v, final loss %v, %d positions", p.Variant, p.Loss, *out.Runs[at].FinalLoss, len(p.Positions))
		}
		for i := range p.Levels {
			if p.Rise[i][0] != p.LevelRise[i] {
				t.Errorf("%s, level %d: %v after one block, %v after all of one", p.Variant, i, p.Rise[i][0], p.LevelRise[i])
			}
		}
	}
	if len(out.Probes) != 2 || len(out.Probes[0].Levels) != 0 || len(out.Probes[1].Levels) != 4 {
		t.Errorf("probes %+v", out.Probes)
	}
	if len(out.Matches) != 2 || out.Matches[0].Sizes[0].Size != 1 || out.Matches[1].Sizes[0].Size != 16 {
		t.Errorf("matches %+v", out.Matches)
	}
	if !strings.HasPrefix(parts[0], "sweeping train.lr over 2 values for 2 variants, 8 runs") || !slices.Contains(parts, "probing slow") {
		t.Errorf("parts %q", parts)
	}

	// From nothing but the summary, no run is trained and the same comes out.
	earlier := s
	earlier.Earlier = out
	again := study(t, t.TempDir(), earlier, set, Watch{Event: func(e Event) { t.Errorf("%s, seed %d is trained again", e.Label, e.Seed) }})
	if diff := cmp.Diff(timeless(t, out), timeless(t, again)); diff != "" {
		t.Errorf("from the summary alone (-trained +again):\n%s", diff)
	}

	// Nor is one probed again where the models are still there.
	study(t, dir, earlier, set, Watch{Part: func(what string) {
		if strings.HasPrefix(what, "probing") {
			t.Errorf("%s again", what)
		}
	}})
}

// Interrupted after any event and given again, a study with everything comes to
// the same, and so it does with several runs at once.
func TestStudyInterrupted(t *testing.T) {
	set, s := corpus(t), wholeStudy(t)
	want := timeless(t, study(t, t.TempDir(), s, set, Watch{}))
	s.Jobs = 3
	dir := t.TempDir()
	for _, events := range []int{1, 20, 33, 47, 11, 60} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.Run(ctx, dir, set, Watch{Event: func(Event) {
			if events--; events == 0 {
				cancel()
			}
		}}, "waveletgpt compare")
		if err == nil {
			break // there were fewer events
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, timeless(t, study(t, dir, s, set, Watch{}))); diff != "" {
		t.Errorf("after interruptions (-without +with):\n%s", diff)
	}
}

// A variant that saves steps is trained again with its whole schedule in as many.
func TestConfirm(t *testing.T) {
	set, s := corpus(t), wholeStudy(t)
	s.Sweep, s.Match, s.Probe = nil, nil, false
	s.Variants = []Variant{
		{Name: "slow", Spec: "none", Set: map[string]any{"train.lr": 1e-4}},
		{Name: "fast", Spec: "none"},
		{Name: "slower", Spec: "none", Set: map[string]any{"train.lr": 1e-4, "train.min_lr": 1e-5}},
	}
	s.Config.Train.MinLR = 1e-4
	s.Confirm = true
	out := study(t, t.TempDir(), s, set, Watch{})
	fast := &out.Comparisons[0]
	if fast.StepsSaved == nil || *fast.StepsSaved < 0.3 {
		t.Fatalf("fast saved %v", fast.StepsSaved)
	}
	if len(out.Confirmations) != 1 {
		t.Fatalf("%d confirmations", len(out.Confirmations))
	}
	c := &out.Confirmations[0]
	steps := int(math.Ceil(*fast.StepsToBaselineLoss.Mean))
	if c.Variant != "fast" || c.Steps != steps || c.Warmup != int(math.Round(2*float64(steps)/12)) || len(c.Runs) != 2 {
		t.Errorf("confirmation %+v of %d steps", c, steps)
	}
	below, sum := 0, 0.0
	for _, r := range c.Runs {
		if r.Steps != steps || r.Curve[len(r.Curve)-1].Step != steps {
			t.Errorf("a run of %d steps", r.Steps)
		}
		sum += *r.FinalLoss / 2
		slow := slices.IndexFunc(out.Runs, func(own summary.Run) bool { return own.Label() == "slow" && own.Seed == r.Seed })
		if *r.FinalLoss <= *out.Runs[slow].BestLoss {
			below++
		}
	}
	if c.Below != below || c.Confirmed != (sum <= *fast.BaselineLoss) || math.Abs(*c.FinalLoss-sum) > 1e-12 {
		t.Errorf("confirmation %+v; %d below, mean %v against %v", c, below, sum, *fast.BaselineLoss)
	}
	want := map[bool]string{true: "Confirmed: trained again", false: "Not confirmed: retrained"}[c.Confirmed]
	if !strings.Contains(fast.Verdict, want) {
		t.Errorf("verdict without %q: %s", want, fast.Verdict)
	}
}

func TestStudyRefuses(t *testing.T) {
	for want, change := range map[string]func(*Study){
		`match "size" is not known`:                 func(s *Study) { s.Match = []string{"size"} },
		"variant haar train.beta2=0.9 sets":         func(s *Study) { s.Sweep.Keys[0].Key = "train.beta2" },
		"train.lr = 0 is out of range":              func(s *Study) { s.Sweep = swept("train.lr", 0.0) },
		"unknown key train.rate":                    func(s *Study) { s.Sweep.Keys[0].Key = "train.rate" },
		"is in the plan twice":                      func(s *Study) { s.Sweep = swept("train.lr", 1e-3, 1e-3) },
		"model.context is the same for all variant": func(s *Study) { s.Sweep = swept("model.context", int64(8)) },
	} {
		s := wholeStudy(t)
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v without %q", err, want)
		}
	}
}

// What a study is about to do: runs that are there are not counted as left.
func TestEstimate(t *testing.T) {
	set, dir, s := corpus(t), filepath.Join(t.TempDir(), "cmp"), wholeStudy(t)
	before, err := s.Estimate(t.Context(), dir, set)
	if err != nil {
		t.Fatal(err)
	}
	if before.Runs != 12 || before.There != 0 || before.Tokens != 12*12*2*16 || !(before.FLOPs > 0) || !(before.Seconds > 0) || len(before.Beyond) != 5 {
		t.Errorf("before: %+v", before)
	}
	swept := s.Plan
	swept.Variants = swept.Variants[:1]
	execute(t, dir, swept, set, nil)
	after, err := s.Estimate(t.Context(), dir, set)
	if err != nil {
		t.Fatal(err)
	}
	if after.Runs != 12 || after.There != 2 || after.Parts[4].There != 2 || after.Parts[4].Seconds != 0 {
		t.Errorf("after: %+v", after)
	}
}
