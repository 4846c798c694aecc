package compare

import (
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

func tinyConfig(t *testing.T) config.Config {
	t.Helper()
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Layers, c.Model.Width, c.Model.Hidden, c.Model.Context = 1, 16, 32, 16
	c.Train.Steps, c.Train.Batch, c.Train.EvalEvery, c.Train.SaveEvery = 6, 2, 2, 3
	c.Eval.Windows = 3
	return c
}

// Every variant with every seed, seed by seed, each in a directory of its own,
// and nothing but what the variant says differs.
func TestPlanJobs(t *testing.T) {
	p := Plan{
		Config: tinyConfig(t),
		Variants: []Variant{
			{Spec: "none"},
			{Spec: "haar:fraction=0.5:min=2"},
			{Spec: "haar", Set: map[string]any{"model.norm": "post", "train.lr": 1e-4, "train.min_lr": 0}},
		},
		Seeds: []uint64{7, 8},
	}
	jobs, err := p.jobs("data")
	if err != nil {
		t.Fatal(err)
	}
	var labels, dirs []string
	for _, j := range jobs {
		labels = append(labels, j.Label())
		dirs = append(dirs, j.dir)
		want := p.Config
		want.Model.Mixer, want.Train.Seed = j.Spec, int64(j.seed)
		if j.Set != nil {
			want.Model.Norm, want.Train.LR, want.Train.MinLR = "post", 1e-4, 0
		}
		if j.config != want {
			t.Errorf("%s: configuration %+v, want %+v", j.dir, j.config, want)
		}
		if j.hash != want.Hash("data") {
			t.Errorf("%s has hash %s", j.dir, j.hash)
		}
		if strings.ContainsAny(j.dir, `:/\ `) {
			t.Errorf("directory %q", j.dir)
		}
	}
	variants := []string{"none", "haar:min=2", p.Variants[2].Label()}
	if want := slices.Concat(variants, variants); !slices.Equal(labels, want) {
		t.Errorf("jobs %q, want %q", labels, want)
	}
	if jobs[0].seed != 7 || jobs[3].seed != 8 {
		t.Errorf("seeds %d and %d", jobs[0].seed, jobs[3].seed)
	}
	slices.Sort(dirs)
	if len(slices.Compact(dirs)) != 6 {
		t.Errorf("directories %q", dirs)
	}
	if other, err := p.jobs("other data"); err != nil || other[0].dir == jobs[0].dir {
		t.Errorf("other data has directory %s too, %v", jobs[0].dir, err)
	}
}

func TestPlanRefuses(t *testing.T) {
	one, seeds := []Variant{{Spec: "none"}}, []uint64{1}
	for _, test := range []struct {
		name     string
		variants []Variant
		seeds    []uint64
		change   func(*config.Config)
		want     string
	}{
		{"no variant", nil, seeds, nil, "no runs"},
		{"no seed", one, nil, nil, "no runs"},
		{"an unknown operator", []Variant{{Spec: "none"}, {Spec: "harr"}}, seeds, nil, `"harr"`},
		{"a variant twice", []Variant{{Spec: "haar"}, {Spec: "haar:min=1"}}, seeds, nil, "haar is in the plan twice"},
		{"the name of the real sound", []Variant{{Name: "Real", Spec: "haar"}}, seeds, nil, `"Real" would have files with the names of those of the data`},
		{"one file name", []Variant{{Name: "a b", Spec: "none"}, {Name: "a_B", Spec: "haar"}}, seeds, nil, `"a_B" would have files with the names of those of a b`},
		{"one of two names", []Variant{{Spec: "haar"}, {Name: "wide", Spec: "haar:min=1"}}, seeds, nil, "variant wide has the settings of haar"},
		{"a seed twice", one, []uint64{1, 1}, nil, "none is in the plan twice"},
		{"an unknown key", []Variant{{Spec: "haar", Set: map[string]any{"model.head": 4}}}, seeds, nil, "model.heads"},
		{"a value that cannot be", []Variant{{Spec: "haar", Set: map[string]any{"model.heads": 3}}}, seeds, nil, "variant haar"},
		{"a configuration that cannot be", one, seeds, func(c *config.Config) { c.Train.Steps = 0 }, "train.steps"},
	} {
		p := Plan{Config: tinyConfig(t), Variants: test.variants, Seeds: test.seeds}
		if test.change != nil {
			test.change(&p.Config)
		}
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v does not say %q", test.name, err, test.want)
		}
	}
	p := Plan{Config: tinyConfig(t), Variants: one, Seeds: seeds}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}
