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
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
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

// keys are those that a value sets. A learning rate also sets the one at the end of
// the schedule, which keeps the shape of the schedule.
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

// plan is the comparison of all values of all variants on a separate seed.
func (s *Sweep) plan(p Plan) (Plan, error) {
	swept := p
	swept.Variants, swept.Seeds = nil, []uint64{sweepSeed(p.Seeds)}
	for _, v := range p.Variants {
		if _, taken := v.Set[s.Key]; taken {
			return swept, fmt.Errorf("sweep: variant %s sets %s; sweep another key, or remove it from the variant", v.Label(), s.Key)
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
			tried.Name = v.Label() + " " + s.Key + "=" + config.FormatValue(value)
			swept.Variants = append(swept.Variants, tried)
		}
	}
	return swept, swept.Validate()
}

// sweepSeed is a seed that is not compared. It is far from those that are, so that
// it stays the same when more are added.
func sweepSeed(seeds []uint64) uint64 {
	seed := slices.Min(seeds) + 1<<20
	for slices.Contains(seeds, seed) {
		seed++
	}
	return seed
}

// run tries all values at the horizon of every plan, and returns the plans with the
// best value of each variant at each horizon.
func (s *Sweep) run(ctx context.Context, dir string, plans []Plan, set *dataset.Set, watch Watch) (*summary.Sweep, []Plan, error) {
	var swept []Plan
	runs := 0
	for _, p := range plans {
		all, err := s.plan(p)
		if err != nil {
			return nil, nil, err
		}
		swept = append(swept, all)
		runs += len(all.Variants) * len(all.Seeds)
	}
	watch.part("sweeping %s over %s for %s, %s", s.Key, typeset.Counted(len(s.Values), "value"), typeset.Counted(len(plans[0].Variants), "variant"), typeset.Counted(runs, "run"))
	results, err := trainPlans(ctx, dir, swept, set, watch)
	if err != nil {
		return nil, nil, err
	}
	out := &summary.Sweep{Key: s.Key, Seed: swept[0].Seeds[0]}
	plans = slices.Clone(plans)
	for at := range plans {
		variants := slices.Clone(plans[at].Variants)
		for i := range variants {
			trials := results[at][i*len(s.Values) : (i+1)*len(s.Values)]
			best := -1
			for j := range trials {
				t := &trials[j]
				t.Measure(&set.Header.Entropy.Bigram)
				t.Name = variants[i].Label()
				if t.FinalLoss != nil && (best < 0 || *t.FinalLoss < *trials[best].FinalLoss) {
					best = j
				}
			}
			for j := range trials {
				out.Trials = append(out.Trials, summary.Trial{Run: trials[j].Run, Chosen: j == best})
			}
			if best >= 0 {
				variants[i].Tuned = trials[best].Tuned
			}
		}
		plans[at].Variants = variants
	}
	return out, plans, nil
}

// tuned gives variants the values that a finished sweep of the same key chose for
// them at a horizon.
func tuned(variants []Variant, horizon int, sweep *Sweep, earlier *summary.Summary) []Variant {
	variants = slices.Clone(variants)
	if sweep == nil || earlier.Sweep == nil || earlier.Sweep.Key != sweep.Key {
		return variants
	}
	for i := range variants {
		if chosen := earlier.Sweep.TunedOf(variants[i].Label(), horizon); chosen != nil {
			variants[i].Tuned = chosen
		}
	}
	return variants
}
