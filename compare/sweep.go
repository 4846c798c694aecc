package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
)

// A Sweep asks for the best value of one key, for every variant alike.
type Sweep struct {
	Key    string // of the configuration; without a dot, of train
	Values []any
}

// ParseSweep reads a sweep such as lr=1e-3,2e-3,4e-3.
func ParseSweep(text string) (*Sweep, error) {
	key, list, found := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !found || key == "" {
		return nil, fmt.Errorf("sweep %q: write key=value,value, as in lr=1e-3,2e-3", text)
	}
	if !strings.Contains(key, ".") {
		key = "train." + key
	}
	s := &Sweep{Key: key}
	for value := range strings.SplitSeq(list, ",") {
		s.Values = append(s.Values, parseValue(strings.TrimSpace(value)))
	}
	return s, nil
}

// A Sweeping is what a sweep came to. Its seed is in no comparison.
type Sweeping struct {
	Key    string  `json:"key"`
	Seed   uint64  `json:"seed"`
	Trials []Trial `json:"trials"` // variant by variant, in the order of the values
}

// A Trial is a run that looks for a setting.
type Trial struct {
	Run
	Chosen bool `json:"chosen"` // its variant goes on with it
}

// keys are those that a value sets: a learning rate takes along the one that the
// schedule ends at, so that the shape of the schedule stays.
func (s *Sweep) keys(c config.Config, value any) map[string]any {
	set := map[string]any{s.Key: value}
	if lr, ok := number(value); ok && s.Key == "train.lr" {
		// Twelve digits: the product's last ones are rounding.
		set["train.min_lr"], _ = strconv.ParseFloat(strconv.FormatFloat(lr*c.Train.MinLR/c.Train.LR, 'g', 12, 64), 64)
	}
	return set
}

func number(value any) (float64, bool) {
	switch x := value.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

// plan is the comparison of all values of all variants on a seed of its own.
func (s *Sweep) plan(p Plan) (Plan, error) {
	swept := p
	swept.Variants, swept.Seeds = nil, []uint64{sweepSeed(p.Seeds)}
	for _, v := range p.Variants {
		v, err := v.canonical()
		if err != nil {
			return swept, err
		}
		if _, taken := v.Set[s.Key]; taken {
			return swept, fmt.Errorf("sweep: variant %s sets %s itself; sweep another key, or leave it out of the variant", v.Label(), s.Key)
		}
		c, err := v.Configure(p.Config)
		if err != nil {
			return swept, fmt.Errorf("variant %s: %w", v.Label(), err)
		}
		for _, value := range s.Values {
			tried := v
			tried.Tuned = maps.Clone(v.Tuned)
			if tried.Tuned == nil {
				tried.Tuned = map[string]any{}
			}
			maps.Copy(tried.Tuned, s.keys(c, value))
			tried.Name = v.Label() + " " + s.Key + "=" + valueText(value)
			swept.Variants = append(swept.Variants, tried)
		}
	}
	return swept, swept.Validate()
}

// sweepSeed is none of the seeds of a comparison, and so far from them that it
// stays when more are added.
func sweepSeed(seeds []uint64) uint64 {
	seed := slices.Min(seeds) + 1<<20
	for slices.Contains(seeds, seed) {
		seed++
	}
	return seed
}

// run tries all values and returns the variants with their best one.
func (s *Sweep) run(ctx context.Context, dir string, p Plan, set *dataset.Set, watch Watch) (*Sweeping, []Variant, error) {
	swept, err := s.plan(p)
	if err != nil {
		return nil, nil, err
	}
	watch.part("sweeping %s over %d values for %d variants, %s", s.Key, len(s.Values), len(p.Variants), counted(len(swept.Variants), "run"))
	results, err := Execute(ctx, dir, swept, set, watch)
	if err != nil {
		return nil, nil, err
	}
	out := &Sweeping{Key: s.Key, Seed: swept.Seeds[0]}
	variants := slices.Clone(p.Variants)
	for i := range variants {
		trials := results[i*len(s.Values) : (i+1)*len(s.Values)]
		best := -1
		for j := range trials {
			t := &trials[j]
			t.measure(&set.Header.Entropy.Bigram)
			t.Name = variants[i].Label()
			if t.FinalLoss != nil && (best < 0 || *t.FinalLoss < *trials[best].FinalLoss) {
				best = j
			}
		}
		for j := range trials {
			out.Trials = append(out.Trials, Trial{trials[j].Run, j == best})
		}
		if best >= 0 {
			variants[i].Tuned = trials[best].Tuned
		}
	}
	return out, variants, nil
}

// atEdge lists the variants whose best value is the first or last that was tried.
func (s *Sweeping) atEdge() []string {
	var labels []string
	for i := range s.Trials {
		t := &s.Trials[i]
		first := i == 0 || s.Trials[i-1].Label() != t.Label()
		last := i+1 == len(s.Trials) || s.Trials[i+1].Label() != t.Label()
		if t.Chosen && (first || last) && !(first && last) {
			labels = append(labels, t.Label())
		}
	}
	return labels
}

// Value is what a trial tried, for people.
func (s *Sweeping) Value(t *Trial) string { return valueText(t.Tuned[s.Key]) }
