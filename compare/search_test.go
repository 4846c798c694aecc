package compare

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
)

// swept is a list of values of one key.
func swept(key string, values ...any) *Sweep {
	return &Sweep{Keys: []SweptKey{{Key: key, Values: values}}}
}

func parsed(t *testing.T, trials int, texts ...string) *Sweep {
	t.Helper()
	s, err := ParseSweep(texts, trials)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// planted is a trainer that trains nothing: the loss of a run is what a function says,
// and NaN is a run that diverged. It counts the runs at each horizon, once each.
func planted(loss func(label string, c config.Config) float64, runs map[int]map[string]bool) trainer {
	return lookUp("", func(j job) (summary.Run, bool, error) {
		r := summary.Run{Variant: j.Spec, ConfigHash: j.hash, Status: summary.Finished}
		if runs[j.config.Train.Steps] == nil {
			runs[j.config.Train.Steps] = map[string]bool{}
		}
		runs[j.config.Train.Steps][j.hash] = true
		x := loss(j.Spec, j.config)
		if math.IsNaN(x) {
			r.Status = summary.Diverged
		} else {
			r.FinalLoss = &x
		}
		return r, true, nil
	})
}

// searched runs the sweep of a study of two variants with planted losses.
func searched(t *testing.T, s *Sweep, horizons []int, loss func(label string, c config.Config) float64) (*search, map[int]map[string]bool) {
	t.Helper()
	study := Study{Plan: Plan{Config: tinyConfig(t), Variants: []Variant{{Spec: "none"}, {Spec: "haar"}}, Seeds: []uint64{1}}, Sweep: s, Horizons: horizons}
	study.Config.Train.Steps, study.Config.Train.Warmup = 400, 40
	study.Config.Train.Optimizer = "muon" // so that Muon's keys have an effect
	if err := study.Validate(); err != nil {
		t.Fatal(err)
	}
	runs := map[int]map[string]bool{}
	x, err := study.search(study.plans(), planted(loss, runs), Watch{})
	if err != nil {
		t.Fatal(err)
	}
	return x, runs
}

// valley is lowest at a learning rate, for each variant another.
func valley(lowest map[string]float64) func(string, config.Config) float64 {
	return func(label string, c config.Config) float64 {
		return 2 + math.Abs(math.Log(c.Train.LR/lowest[label])) + 0.001*float64(c.Train.Seed%2)
	}
}

// A list grows at the edge where some variant is best, for all variants, until no best
// is at an edge, four values are added, or the next one is not valid.
func TestListIsExtended(t *testing.T) {
	decay := func(best float64) func(string, config.Config) float64 {
		return func(_ string, c config.Config) float64 { return 2 + math.Abs(c.Train.Decay-best) }
	}
	for _, test := range []struct {
		name         string
		sweep        *Sweep
		loss         func(string, config.Config) float64
		tried, added []any
		ends         []string
		edges        int
	}{
		{"inside", swept("train.lr", 1e-3, 2e-3, 4e-3), valley(map[string]float64{"none": 2e-3, "haar": 2e-3}), []any{0.001, 0.002, 0.004}, nil, nil, 0},
		{"one side", swept("train.lr", 4e-3, 1e-3, 2e-3), valley(map[string]float64{"none": 2e-3, "haar": 8e-3}), []any{0.001, 0.002, 0.004, 0.008, 0.016}, []any{0.008, 0.016}, nil, 0},
		{"both sides", swept("train.lr", 3e-3, 9e-3), valley(map[string]float64{"none": 1e-3, "haar": 9e-3}), []any{0.000333, 0.001, 0.003, 0.009, 0.027}, []any{0.001, 0.027, 0.000333}, nil, 0},
		{"too far", swept("train.lr", 1e-3, 2e-3), valley(map[string]float64{"none": 1, "haar": 1}), []any{0.001, 0.002, 0.004, 0.008, 0.016, 0.032}, []any{0.004, 0.008, 0.016, 0.032}, nil, 2},
		{"one value", swept("train.lr", 1e-3), valley(map[string]float64{"none": 1, "haar": 1}), []any{0.001}, nil, nil, 0},
		{"below zero", swept("train.weight_decay", 0.0, 0.1), decay(-1), []any{0.0, 0.1}, nil, []string{summary.LowEdge}, 2},
		{"a decay of a moment", swept("train.beta2", 0.9, 0.95), func(_ string, c config.Config) float64 { return 3 - c.Train.Beta2 }, []any{0.9, 0.95, 0.975, 0.9875, 0.99375, 0.99687},
			[]any{0.975, 0.9875, 0.99375, 0.99687}, nil, 2},
		{"the decay of Muon's momentum", swept("train.muon_momentum", 0.9, 0.95), func(_ string, c config.Config) float64 { return 3 - min(c.Train.MuonMomentum, 0.975) }, []any{0.9, 0.95, 0.975, 0.9875},
			[]any{0.975, 0.9875}, nil, 0},
		{"Muon's rate", swept("train.muon_lr", 0.01, 0.02), func(_ string, c config.Config) float64 { return 2 + math.Abs(math.Log(c.Train.MuonLR/0.04)) }, []any{0.01, 0.02, 0.04, 0.08},
			[]any{0.04, 0.08}, nil, 0},
		{"whole numbers", swept("train.warmup", int64(50), int64(150)), func(_ string, c config.Config) float64 { return 3 - 0.001*float64(c.Train.Warmup) }, []any{int64(50), int64(150), int64(250), int64(350)},
			[]any{int64(250), int64(350)}, []string{summary.HighEdge}, 2},
		{"no numbers", swept("model.norm", "pre", "post"), func(_ string, c config.Config) float64 { return float64(len(c.Model.Norm)) }, []any{"pre", "post"}, nil, nil, 0},
	} {
		x, runs := searched(t, test.sweep, nil, test.loss)
		var tried []any
		for _, g := range x.out.Settings() {
			if g.Variant == "none" {
				tried = append(tried, g.Trials[0].Tuned[test.sweep.Keys[0].Key])
			}
		}
		if !cmp.Equal(tried, test.tried) || !cmp.Equal(x.out.Added, test.added) || !cmp.Equal(x.out.Ends, test.ends) || len(x.out.Edges()) != test.edges {
			t.Errorf("%s: tried %v, added %v, ends %v, edges %v", test.name, tried, x.out.Added, x.out.Ends, x.out.Edges())
		}
		if n := len(runs[400]); n != 2*2*len(test.tried) {
			t.Errorf("%s: %d runs for %d values", test.name, n, len(test.tried))
		}
	}
}

// A value that diverged with one seed cannot be chosen, and neither can one that is
// best with one seed only.
func TestChoiceIsOfTheMean(t *testing.T) {
	x, _ := searched(t, swept("train.lr", 1e-3, 2e-3, 4e-3, 8e-3), nil, func(label string, c config.Config) float64 {
		first := c.Train.Seed == 1<<20+1
		return map[float64]map[bool]float64{1e-3: {true: 2, false: 2}, 2e-3: {true: 1.7, false: 1.9}, 4e-3: {true: 1.5, false: 2.2}, 8e-3: {true: 1, false: math.NaN()}}[c.Train.LR][first]
	})
	for _, v := range x.chosen()[0].Variants {
		if v.Tuned["train.lr"] != 2e-3 || v.Tuned["train.min_lr"] == nil {
			t.Errorf("%s has %v", v.Label(), v.Tuned)
		}
	}
	if !slices.Equal(x.out.Seeds, []uint64{1<<20 + 1, 1<<20 + 2}) || x.out.Seed != 1<<20+1 || x.out.Key != "train.lr" {
		t.Errorf("seeds %v, first %d, key %s", x.out.Seeds, x.out.Seed, x.out.Key)
	}
}

// While runs are missing nothing is extended or halved by chance: any half stands for
// the better one, and what an earlier sweep chose stays.
func TestUnfinishedSearch(t *testing.T) {
	for _, s := range []*Sweep{swept("train.lr", 1e-3, 2e-3), parsed(t, 4, "lr=1e-3..1e-2", "beta2=0.9..0.99")} {
		study := Study{Plan: Plan{Config: tinyConfig(t), Variants: []Variant{{Spec: "none"}}, Seeds: []uint64{1}}, Sweep: s}
		loss := valley(map[string]float64{"none": 1})
		x, err := study.search(study.plans(), lookUp("", func(j job) (summary.Run, bool, error) {
			own := loss(j.Spec, j.config)
			return summary.Run{Variant: j.Spec, ConfigHash: j.hash, Status: summary.Finished, FinalLoss: &own}, j.seed == 1<<20+1, nil
		}), Watch{})
		if err != nil || x.finished || x.out.Added != nil || x.chosen()[0].Variants[0].Tuned != nil {
			t.Errorf("finished %v, added %v, chosen %+v, error %v", x.finished, x.out.Added, x.chosen()[0].Variants, err)
		}
		for at, r := range x.rounds {
			if want := max(4>>at, 2); s.random() && len(r.Variants) != want {
				t.Errorf("%d settings in round %d, want %d", len(r.Variants), at, want)
			}
		}
	}
}

// Who reads a summary again is told that a choice has changed, and what is gone.
func TestChoiceThatChanges(t *testing.T) {
	s := swept("train.lr", 1e-3, 2e-3, 4e-3, 8e-3)
	x, _ := searched(t, s, nil, valley(map[string]float64{"none": 2e-3, "haar": 4e-3}))
	before, _ := searched(t, s, nil, valley(map[string]float64{"none": 2e-3, "haar": 2e-3}))
	var warnings []string
	x.earlier, x.watch.Warning = before.out, func(err error) { warnings = append(warnings, err.Error()) }
	x.sayChanges()
	want := "haar: the sweep chooses train.lr=0.004 train.min_lr=0.0004 now, and chose train.lr=0.002 train.min_lr=0.0002 before; " +
		"runs with the former choice are not in the summary any more, their directories stay"
	if !slices.Equal(warnings, []string{want}) {
		t.Errorf("warnings %q", warnings)
	}
}

// What a finished search added is tried again, even where a new variant alone would
// not ask for it, so that no run is lost.
func TestListKeepsWhatWasAdded(t *testing.T) {
	s := swept("train.lr", 1e-3, 2e-3)
	x, _ := searched(t, s, nil, valley(map[string]float64{"none": 4e-3, "haar": 4e-3}))
	study := Study{Plan: x.plans[0], Sweep: s, Earlier: &summary.Summary{Sweep: x.out}}
	study.Variants = append(study.Variants, Variant{Spec: "shift"})
	if lost, err := study.runsLost(""); err != nil || len(lost) != 0 {
		t.Errorf("lost %v, error %v", lost, err)
	}
	study.Sweep = swept("train.lr", 2e-3, 4e-3)
	if lost, err := study.runsLost(""); err != nil || len(lost) != 4 { // 0.001; 0.008 was added
		t.Errorf("lost %d runs, error %v", len(lost), err)
	}
}

// After each rung the better half of the settings of a variant continues, with the same
// budget for every variant, and the best of the last rung is chosen.
func TestHalving(t *testing.T) {
	byLength := func(steps int) float64 { return 10 / math.Sqrt(float64(steps)) }
	loss := func(label string, c config.Config) float64 {
		x := math.Abs(math.Log(c.Train.LR/map[string]float64{"none": 2e-3, "haar": 2e-2}[label])) + c.Train.Decay
		return byLength(c.Train.Steps) + x
	}
	for _, test := range []struct {
		horizons, rungs []int
		settings        []int // of a variant at each rung
		trials          int
	}{
		{nil, []int{100, 200, 400}, []int{8, 4, 2}, 0},
		{nil, []int{100, 200, 400}, []int{5, 3, 2}, 5},
		{nil, []int{100, 200, 400}, []int{2, 2, 2}, 2},
		{[]int{400, 80}, []int{80, 400}, []int{6, 3}, 6},
		{[]int{40}, []int{10, 20, 40}, []int{8, 4, 2}, 0},
		{[]int{3}, []int{1, 3}, []int{8, 4}, 0},
	} {
		x, runs := searched(t, parsed(t, test.trials, "lr=1e-3..3e-2", "weight_decay=0.01,0.1,0.3"), test.horizons, loss)
		if !slices.Equal(x.out.Rungs, test.rungs) {
			t.Errorf("rungs %v, want %v", x.out.Rungs, test.rungs)
		}
		for i, rung := range test.rungs {
			if got := len(runs[rung]); got != 2*2*test.settings[i] {
				t.Errorf("%v: %d runs at %d steps, want %d", test.rungs, got, rung, 4*test.settings[i])
			}
		}
		// The order of settings is the same at all rungs, so the best of all is chosen.
		for _, p := range x.chosen() {
			for _, v := range p.Variants {
				c, err := v.Configure(p.Config)
				if err != nil {
					t.Fatal(err)
				}
				own := loss(v.Spec, c) - byLength(p.Config.Train.Steps)
				for _, g := range x.out.Settings() {
					if other := *g.Mean - byLength(g.Horizon); g.Variant == v.Label() && other < own-1e-9 {
						t.Errorf("%s has %v with a loss of %v, %v had %v", v.Label(), v.Tuned, own, g.Trials[0].Tuned, other)
					}
				}
			}
		}
	}
}

// The settings are those of the seed, inside their ranges, evenly, with few digits.
func TestDraw(t *testing.T) {
	s := parsed(t, 1000, "lr=1e-3..1e-1", "dropout=0.1..0.3", "model.dropout=0..0.5", "beta2=0.9..0.99", "warmup=10..30", "weight_decay=0.01,0.1",
		"muon_lr=5e-3..8e-2", "muon_momentum=0.9..0.99")
	all := s.settings(7, func(setting) bool { return true })
	if again := s.settings(7, func(setting) bool { return true }); !cmp.Equal(all, again) {
		t.Error("other settings the second time")
	}
	s.Trials = 10
	if fewer := s.settings(7, func(setting) bool { return true }); !cmp.Equal(all[:10], fewer) {
		t.Error("fewer settings are others")
	}
	// A share of 0.5 below the middle of the scale: the geometric mean, the middle, that
	// of 1-beta, the middle, a half of the list.
	for key, middle := range map[string]float64{"train.muon_lr": 2e-2, "train.muon_momentum": 1 - math.Sqrt(0.1*0.01), "train.lr": 1e-2, "model.dropout": 0.25, "train.beta2": 1 - math.Sqrt(0.1*0.01), "train.warmup": 20.5, "train.weight_decay": 0.05} {
		below := 0
		for _, drawn := range all {
			x, ok := summary.Number(drawn[key])
			if _, isInt := drawn[key].(int64); !ok || isInt != (key == "train.warmup") {
				t.Fatalf("%s = %v", key, drawn[key])
			}
			if x < middle {
				below++
			}
			if digits := strings.Trim(strings.ReplaceAll(config.FormatValue(drawn[key]), ".", ""), "0"); key == "train.lr" && len(digits) > 3 {
				t.Errorf("%s = %v", key, drawn[key])
			}
		}
		if below < 450 || below > 570 { // warm-ups of 10 to 20 are 11 of 21
			t.Errorf("%s: %d of 1000 below %v", key, below, middle)
		}
	}
}

// A warm-up counts for the longest horizon and keeps its share of the steps, except
// with schedule wsd.
func TestSweptWarmup(t *testing.T) {
	s := parsed(t, 4, "warmup=20..200", "lr=1e-3..1e-2")
	for _, schedule := range []string{"cosine", "wsd"} {
		for _, horizons := range [][]int{nil, {100, 400}} {
			study := Study{Plan: Plan{Config: tinyConfig(t), Variants: []Variant{{Spec: "none"}}, Seeds: []uint64{1}}, Sweep: s, Horizons: horizons}
			study.Config.Train.Steps, study.Config.Train.Schedule = 400, schedule
			if schedule == "wsd" {
				study.Sweep = parsed(t, 4, "warmup=20..100", "lr=1e-3..1e-2")
			}
			x, err := study.search(study.plans(), lookUp("", nothing), Watch{})
			if err != nil {
				t.Fatal(err)
			}
			at := map[float64]map[int]int64{} // warm-ups by learning rate and rung
			for _, trial := range x.out.Trials {
				lr := trial.Tuned["train.lr"].(float64)
				if at[lr] == nil {
					at[lr] = map[int]int64{}
				}
				at[lr][trial.Horizon] = trial.Tuned["train.warmup"].(int64)
			}
			compared := 0
			for lr, warmups := range at {
				whole, ok := warmups[400]
				if !ok {
					continue
				}
				compared++
				want := int64(float64(whole)/4 + 0.5)
				if schedule == "wsd" {
					want = whole
				}
				if warmups[100] != want {
					t.Errorf("%s, %v: warm-ups %v", schedule, lr, warmups)
				}
			}
			if compared != 2 {
				t.Errorf("%s: %d settings at the longest rung", schedule, compared)
			}
		}
	}
}

func TestParseSweep(t *testing.T) {
	s := parsed(t, 0, "lr = 1e-3, 2e-3")
	if !cmp.Equal(s, &Sweep{Keys: []SweptKey{{Key: "train.lr", Values: []any{1e-3, 2e-3}}}}) || s.random() {
		t.Errorf("%+v", s)
	}
	s = parsed(t, 5, "model.dropout=0..0.5")
	if !cmp.Equal(s, &Sweep{Keys: []SweptKey{{Key: "model.dropout", High: 0.5}}, Trials: 5}) || !s.random() {
		t.Errorf("%+v", s)
	}
	for _, test := range []struct {
		want   string
		trials int
		texts  []string
	}{
		{"write key=value", 0, []string{"lr"}}, {"write key=value", 0, []string{"=1"}}, {"write key=value", 0, []string{"lr="}},
		{"a range has two numbers", 0, []string{"lr=2e-3..1e-3"}}, {"a range has two numbers", 0, []string{"norm=pre..post"}},
		{"a range has two numbers", 0, []string{"lr=1e-3..nan"}}, {"train.lr is there twice", 0, []string{"lr=1,2", "train.lr=1..2"}},
		{"all values of the one list", 8, []string{"lr=1,2"}}, {"trials = 1: give 2", 1, []string{"lr=1..2"}}, {"trials = -2: give 2", -2, []string{"lr=1..2"}},
		{"compare lengths with horizons", 0, []string{"steps=100,200"}},
	} {
		if _, err := ParseSweep(test.texts, test.trials); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want %s", test.texts, err, test.want)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	for want, s := range map[string]*Sweep{
		"train.beta2 = 1 is out of range":  parsed(t, 0, "beta2=0.9..1"),
		"train.warmup = 99 is out of":      parsed(t, 0, "warmup=1..99"),
		"variant haar train.clip=2 sets":   parsed(t, 0, "clip=1,2", "lr=1e-3..1e-2"),
		"unknown key train.rate":           parsed(t, 0, "rate=1..2"),
		"eval is the same":                 parsed(t, 0, "eval.windows=1..2", "lr=1,2"),
		"train.muon_lr has no effect on":   parsed(t, 0, "muon_lr=1e-3..1e-2"),
		"train.cooldown has no effect on":  swept("train.cooldown", 0.1, 0.2),
		"train.lr = 0 is out of range":     parsed(t, 0, "lr=0..1"),
		"model.width = ":                   parsed(t, 0, "model.width=16..31"),
		"variant none train.steps=5 sets ": parsed(t, 0, "lr=1e-3..1e-2", "beta1=0.8,0.9"),
	} {
		study := Study{Plan: Plan{Config: tinyConfig(t), Variants: []Variant{{Spec: "none"}, {Spec: "haar", Set: map[string]any{"train.clip": int64(2)}}}, Seeds: []uint64{1}}, Sweep: s}
		if strings.Contains(want, "steps") {
			study.Variants[0].Set = map[string]any{"train.steps": int64(5)}
		}
		if err := study.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v without %q", err, want)
		}
	}
}

// Two seeds that no plan compares.
func TestSweepSeeds(t *testing.T) {
	if got := sweepSeeds([]uint64{7, 3, 4}); !slices.Equal(got, []uint64{3 + 1<<20, 4 + 1<<20}) {
		t.Errorf("seeds %d", got)
	}
	if got := sweepSeeds([]uint64{3, 3 + 1<<20, 5 + 1<<20}); !slices.Equal(got, []uint64{4 + 1<<20, 6 + 1<<20}) {
		t.Errorf("seeds %d", got)
	}
}
