package config

import (
	"fmt"
	"slices"
	"strings"
)

// sizes lists the presets that differ in size, smallest first.
func sizes() []string { return []string{"tiny", "small", "paper"} }

// DefaultPreset is the one of commands that name none.
const DefaultPreset = "small"

// Suffixes of presets: the recipe of today, and comparisons at several horizons.
const (
	modernSuffix   = "-nanochat"
	horizonsSuffix = "-wsd"
)

// finalWindows is the number of windows of final losses in these presets.
const finalWindows = 2000

// Presets lists the names of the presets: by size, smallest first, then again with
// the suffix "-nanochat", and all of these with the suffix "-wsd".
func Presets() []string {
	all := sizes()
	for _, suffix := range []string{modernSuffix, horizonsSuffix} {
		for _, name := range slices.Clone(all) {
			all = append(all, name+suffix)
		}
	}
	return all
}

// defaultFamily is that of all runs before there were several. Hashes leave it out.
const defaultFamily = "gpt2"

// defaultCooldown is the share of the steps in which the rate of schedule wsd falls,
// as is usual. Hashes leave it out.
const defaultCooldown = 0.2

// defaultLanes is the number of lanes of all runs before it was a setting. Hashes leave it
// out.
const defaultLanes = 8

// Defaults of the optimizer, which hashes leave out. Muon's are those of Keller Jordan's
// implementation.
const (
	defaultOptimizer    = "adamw"
	defaultMuonLR       = 0.02
	defaultMuonMomentum = 0.95
)

// Defaults of what computes, which hashes leave out.
const (
	defaultEngine  = "native"
	defaultCompile = "off"
)

// modernRates are train.lr, train.min_lr and train.muon_lr in the presets of nanochat, by
// size: the best of a sweep on text (lab book, 24). That of paper had 600 steps and one
// seed, after which the lower of two equal rates was taken.
var modernRates = map[string][3]float64{"tiny": {2e-2, 2e-3, 0.05}, "small": {7e-3, 7e-4, 0.02}, "paper": {4e-3, 4e-4, 0.01}}

// Preset returns a complete configuration with the default data. "tiny" trains in
// seconds, "small" in minutes; "paper" is the text model of the paper. With the
// suffix "-nanochat" they are the recipe of today at the same sizes: that family, trained
// by Muon. With the suffix "-wsd" they are for comparisons at several horizons: the
// schedule is wsd, so that all horizons are branches of one run, and final losses are
// those of 2,000 windows or of the whole split.
func Preset(name string) (Config, error) {
	if !slices.Contains(Presets(), name) {
		return Config{}, fmt.Errorf("preset %q does not exist; choose %s, alone or with %s behind it", name, orList(sizes()), orList([]string{modernSuffix, horizonsSuffix, modernSuffix + horizonsSuffix}))
	}
	rest, branching := strings.CutSuffix(name, horizonsSuffix)
	size, modern := strings.CutSuffix(rest, modernSuffix)
	c := ofSize(size)
	if modern {
		rates := modernRates[size]
		c.Model.Family, c.Train.Optimizer = "nanochat", "muon"
		c.Train.LR, c.Train.MinLR, c.Train.MuonLR = rates[0], rates[1], rates[2]
	}
	if branching {
		c.Train.Schedule, c.Eval.FinalWindows = "wsd", finalWindows
	}
	return c, nil
}

// ofSize is the preset with the name of a size.
func ofSize(size string) Config {
	c := Config{
		Model: Model{Family: defaultFamily, Layers: 10, Width: 128, Heads: 8, Hidden: 512, Context: 512, Norm: "pre", Mixer: "none"},
		Data:  Data{MinCount: 5, Rate: 16000, Level: "as-is"},
		Train: Train{Steps: 1500, Batch: 8, Accumulate: 1, LR: 1e-3, MinLR: 1e-4, Warmup: 100, Schedule: "cosine", Cooldown: defaultCooldown,
			Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Clip: 1, Seed: 1, Precision: "float32", Lanes: defaultLanes,
			Optimizer: defaultOptimizer, MuonLR: defaultMuonLR, MuonMomentum: defaultMuonMomentum,
			Engine: defaultEngine, Compile: defaultCompile, SaveEvery: 250, Keep: 2, EvalEvery: 50, OnNonFinite: "stop", OnFullDisk: "stop"},
		Eval: Eval{Windows: 128},
	}
	m, t := &c.Model, &c.Train
	switch size {
	case "small":
		m.Layers, m.Width, m.Heads, m.Hidden, m.Context = 4, 64, 4, 256, 128
		t.Batch, t.Steps, t.LR, t.MinLR, t.Warmup = 16, 1500, 4e-3, 4e-4, 100
		t.EvalEvery, t.SaveEvery = 50, 500
	case "tiny":
		m.Layers, m.Width, m.Heads, m.Hidden, m.Context = 2, 32, 2, 128, 32
		t.Batch, t.Steps, t.LR, t.MinLR, t.Warmup = 4, 60, 3e-3, 3e-4, 5
		t.EvalEvery, t.SaveEvery = 10, 20
		c.Eval.Windows = 32
	}
	return c
}

// Earlier returns the values of keys that were added after the first documents of
// this format were written, such that older documents keep their meaning. Merge a
// document of a run or summary over it.
func Earlier() Config {
	return Config{Model: Model{Family: defaultFamily}, Data: Data{Rate: 16000, Level: "as-is"}, Train: Train{Cooldown: defaultCooldown, Lanes: defaultLanes, OnNonFinite: "stop", OnFullDisk: "stop",
		Optimizer: defaultOptimizer, MuonLR: defaultMuonLR, MuonMomentum: defaultMuonMomentum, Engine: defaultEngine, Compile: defaultCompile}}
}

// orList joins names as in "a, b or c".
func orList(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
