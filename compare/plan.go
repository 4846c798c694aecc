package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Plan says what to train: every variant with every seed.
type Plan struct {
	Config   config.Config // of the baseline; the mixer and the seed are set by what follows
	Variants []Variant
	Seeds    []uint64
}

// A Variant is a mixer spec and the other configuration keys that differ.
type Variant struct {
	Spec string
	Set  map[string]any
}

// job is one run of a plan.
type job struct {
	Variant
	seed   uint64
	config config.Config
	hash   string
	dir    string // below the comparison's
}

// Validate checks what can be checked without the data.
func (p Plan) Validate() error {
	_, err := p.jobs("")
	return err
}

// jobs lists the runs of a plan on data of a hash, seed by seed. Every spec is
// brought to its canonical form.
func (p Plan) jobs(data string) ([]job, error) {
	var all []job
	seen := map[string]bool{}
	for _, seed := range p.Seeds {
		for _, v := range p.Variants {
			spec, err := wavelet.Parse(v.Spec)
			if err != nil {
				return nil, err
			}
			v.Spec = spec.String()
			c := p.Config
			c.Model.Mixer, c.Train.Seed = v.Spec, int64(seed)
			for _, key := range slices.Sorted(maps.Keys(v.Set)) {
				if err := c.Set(fmt.Sprintf("%s=%v", key, v.Set[key])); err != nil {
					return nil, fmt.Errorf("variant %s: %w", v.Spec, err)
				}
			}
			if err := c.Validate(); err != nil {
				return nil, fmt.Errorf("variant %s: %w", v.Spec, err)
			}
			hash := c.Hash(data)
			if seen[hash] {
				return nil, fmt.Errorf("variant %s is in the plan twice", Label(v.Spec, v.Set))
			}
			seen[hash] = true
			all = append(all, job{v, seed, c, hash, runDir(v.Spec, seed, hash)})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the plan has no runs; give a variant and a seed at least")
	}
	return all, nil
}

// runDir names a run's directory so that a reader finds it and another
// configuration gets another name.
func runDir(spec string, seed uint64, hash string) string {
	name := strings.ReplaceAll(spec, ":", "_")
	return fmt.Sprintf("%s-seed%d-%.8s", name, seed, hash)
}
