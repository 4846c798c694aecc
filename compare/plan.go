package compare

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// A Plan says what to train: every variant with every seed.
type Plan struct {
	Config   config.Config // of the baseline; Variants set its mixer, Seeds its seed
	Variants []Variant
	Seeds    []uint64
	Primary  []string               // the primary comparisons; empty: the default of summary.Correct
	Jobs     int                    // runs that train at the same time and share the threads; 0 is 1
	Ranks    *train.Ranks           // processes that train each run together; nil: this one alone
	Known    map[string]summary.Run // finished runs by configuration hash: they are not trained again (see knownRuns)
}

// job is one run of a plan.
type job struct {
	Variant
	seed   uint64
	config config.Config
	hash   string
	trunk  string // see trunkOf
	dir    string // below the comparison's
	plan   int    // of several that train together
	// horizon is the length that the plan asks for. A variant may set another one.
	horizon int
}

// Validate checks what can be checked without the data.
func (p Plan) Validate() error {
	_, err := p.jobs("")
	return err
}

// jobs lists the runs of a plan on data of a hash, seed by seed, with their specs in
// canonical form.
func (p Plan) jobs(data string) ([]job, error) {
	var all []job
	seen := map[string]string{}                                  // labels by the hash of a run, and by the label with the seed
	files := map[string]string{samplePrompt: "", sampleReal: ""} // labels by the name of their files
	for _, seed := range p.Seeds {
		for _, v := range p.Variants {
			v, err := v.canonical()
			if err != nil {
				return nil, err
			}
			c, err := v.Configure(p.Config)
			if err != nil {
				return nil, fmt.Errorf("variant %s: %w", v.Label(), err)
			}
			c.Train.Seed = int64(seed)
			hash, label := c.Hash(data), fmt.Sprintf("%s, seed %d", v.Label(), seed)
			if other := cmp.Or(seen[hash], seen[label]); other != "" && other != v.Label() {
				return nil, fmt.Errorf("variant %s has the settings of %s; leave one out, or change its settings", v.Label(), other)
			} else if other != "" {
				return nil, fmt.Errorf("variant %s is in the plan twice", v.Label())
			}
			seen[hash], seen[label] = v.Label(), v.Label()
			file := strings.ToLower(summary.SafeLabel(v.Label())) // of its sample and its TensorBoard events
			if other, taken := files[file]; taken && other != v.Label() {
				return nil, fmt.Errorf("variant %q would have files with the names of those of %s; choose another name", v.Label(), cmp.Or(other, "the data"))
			}
			files[file] = v.Label()
			dir := (&summary.Run{Variant: v.Spec, Seed: seed, ConfigHash: hash}).Folder()
			all = append(all, job{Variant: v, seed: seed, config: c, hash: hash, trunk: trunkOf(c), dir: dir, horizon: p.Config.Train.Steps})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the plan has no runs; give at least one variant and one seed")
	}
	return all, nil
}

// jobsOf lists the runs of plans that train together, by plan.
func jobsOf(plans []Plan, data string) (all [][]job, err error) {
	for i, p := range plans {
		own, err := p.jobs(data)
		if err != nil {
			return nil, err
		}
		for k := range own {
			own[k].plan = i
		}
		all = append(all, own)
	}
	return all, nil
}

// variant finds the variant of a label.
func (p Plan) variant(label string) (Variant, bool) {
	for _, v := range p.Variants {
		if v.Label() == label {
			return v, true
		}
	}
	return Variant{}, false
}
