package compare

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A Sweep asks for the best values of some keys, for every variant alike. A list of
// one key is tried whole, and extended where the best value is at an edge; anything
// else is a random search with successive halving.
type Sweep struct {
	Keys   []SweptKey
	Trials int // random settings; 0 is DefaultTrials
}

// DefaultTrials is the number of settings of a random search.
const DefaultTrials = 8

// maxTrials bounds the runs that a typing error asks for.
const maxTrials = 1000

// A SweptKey is a key of the configuration with a list of values or a range.
type SweptKey struct {
	Key       string // with its section, as in "train.lr"
	Values    []any
	Low, High float64 // of a range, which has no Values
}

// A setting is a value for each swept key.
type setting map[string]any

// ParseSweep reads what to sweep, such as "lr=1e-3,2e-3,4e-3" or, for several keys or
// a range, "lr=1e-3..1e-2" and "weight_decay=0.01,0.1". A key without a dot is one of
// train. trials is the number of random settings, 0 for [DefaultTrials].
func ParseSweep(texts []string, trials int) (*Sweep, error) {
	s := &Sweep{Trials: trials}
	for _, text := range texts {
		key, err := parseSweptKey(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(s.Keys, func(k SweptKey) bool { return k.Key == key.Key }) {
			return nil, fmt.Errorf("sweep: %s is there twice; give it once, with all values", key.Key)
		}
		s.Keys = append(s.Keys, key)
	}
	switch {
	case len(s.Keys) == 0:
		return nil, fmt.Errorf("sweep: nothing to try; write key=value,value, as in lr=1e-3,2e-3")
	case trials != 0 && !s.random():
		return nil, fmt.Errorf("trials = %d, but all values of the one list %s are tried; leave trials out, or give a range such as lr=1e-3..1e-2", trials, s.Keys[0].Key)
	case trials != 0 && (trials < 2 || trials > maxTrials):
		return nil, fmt.Errorf("trials = %d: give 2 to %d", trials, maxTrials)
	}
	return s, nil
}

func parseSweptKey(text string) (k SweptKey, err error) {
	name, list, found := strings.Cut(text, "=")
	k.Key = strings.TrimSpace(name)
	if !found || k.Key == "" || strings.TrimSpace(list) == "" {
		return k, fmt.Errorf("sweep %q: write key=value,value or key=low..high, as in lr=1e-3,2e-3", text)
	}
	if !strings.Contains(k.Key, ".") {
		k.Key = "train." + k.Key
	}
	if k.Key == "train.steps" {
		return k, fmt.Errorf("sweep: train.steps is the length of training; compare lengths with horizons")
	}
	if low, high, isRange := strings.Cut(list, ".."); isRange {
		var ok, too bool
		k.Low, ok = summary.Number(parseValue(strings.TrimSpace(low)))
		k.High, too = summary.Number(parseValue(strings.TrimSpace(high)))
		if !ok || !too || !(k.Low < k.High) || math.IsInf(k.High-k.Low, 0) {
			return k, fmt.Errorf("sweep %q: a range has two numbers, the lower one first, as in lr=1e-3..1e-2", text)
		}
		return k, nil
	}
	for value := range strings.SplitSeq(list, ",") {
		k.Values = append(k.Values, parseValue(strings.TrimSpace(value)))
	}
	return k, nil
}

// random tells whether settings are drawn, instead of all values of one list.
func (s *Sweep) random() bool { return len(s.Keys) > 1 || len(s.Keys[0].Values) == 0 }

// names lists the keys.
func (s *Sweep) names() (keys []string) {
	for _, k := range s.Keys {
		keys = append(keys, k.Key)
	}
	return keys
}

// isSameAs tells whether a sweep of an earlier summary has the same keys.
func (s *Sweep) isSameAs(earlier *summary.Sweep) bool {
	return s != nil && earlier != nil && slices.Equal(s.names(), earlier.KeyList())
}

// isWhole tells whether a key of the configuration takes whole numbers only.
func isWhole(key string) bool {
	return slices.ContainsFunc(config.Keys(), func(k config.Key) bool { return k.Name == key && k.Type == "whole number" })
}

// isDecay tells whether a key is the decay of a moment of AdamW or of Muon's momentum. What changes with it
// is how many steps the moment remembers, about 1/(1-beta): a grid or a range of it
// is one of 1-beta.
func isDecay(key string) bool {
	return key == "train.beta1" || key == "train.beta2" || key == "train.muon_momentum"
}

// rounded has so many significant digits.
func rounded(x float64, digits int) float64 {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	return x
}

// valueOf is a number as the configuration has it for a key, with so many significant
// digits (of 1-beta for a decay).
func valueOf(key string, x float64, digits int) any {
	switch {
	case isWhole(key):
		return int64(math.Round(rounded(x, digits)))
	case isDecay(key):
		return rounded(1-rounded(1-x, digits), 12)
	}
	return rounded(x, digits)
}

// draw returns the value at a quantile u, 0 to less than 1: one of the list, or one
// from the range. A range that spans a factor of 4 is even in the logarithm, since
// nobody knows the order of magnitude; so is every range of a decay, in 1-beta.
func (k *SweptKey) draw(u float64) any {
	if len(k.Values) > 0 {
		return k.Values[int(u*float64(len(k.Values)))]
	}
	x := k.Low + u*(k.High-k.Low)
	switch {
	case isDecay(k.Key) && k.High < 1:
		x = 1 - (1-k.Low)*math.Pow((1-k.High)/(1-k.Low), u)
	case isWhole(k.Key) && !(k.Low > 0 && k.High >= 4*k.Low):
		x = k.Low + math.Floor(u*(k.High-k.Low+1))
	case k.Low > 0 && k.High >= 4*k.Low:
		x = k.Low * math.Pow(k.High/k.Low, u)
	}
	value := valueOf(k.Key, x, 3)
	if y, _ := summary.Number(value); y < k.Low || y > k.High { // rounded beyond an end
		return valueOf(k.Key, min(max(x, k.Low), k.High), 12)
	}
	return value
}

// settings draws the settings of a random search: for one seed always the same, and
// more of them begin with the fewer. There are fewer than asked for where lists and
// ranges have no more. isNew tells whether a setting differs from those before it.
func (s *Sweep) settings(seed uint64, isNew func(setting) bool) (all []setting) {
	wanted := s.Trials
	if wanted == 0 {
		wanted = DefaultTrials
	}
	for i := range uint32(100 * wanted) {
		stream, drawn := rng.New(seed, rng.Search, i), setting{}
		for j := range s.Keys {
			drawn[s.Keys[j].Key] = s.Keys[j].draw(stream.Float64(uint64(j)))
		}
		if isNew(drawn) {
			all = append(all, drawn)
		}
		if len(all) == wanted {
			break
		}
	}
	return all
}

// tried returns a variant with a setting at the horizon of a plan. A learning rate
// also sets the one at the end of the schedule, which keeps the shape of the schedule.
// A warm-up counts for the longest horizon; at others it keeps its share of the steps,
// as [AtHorizon] has it.
func (x setting) tried(v Variant, p Plan, longest int) (Variant, error) {
	for key := range x {
		if _, taken := v.Set[key]; taken {
			return v, fmt.Errorf("sweep: variant %s sets %s; sweep another key, or remove it from the variant", v.Label(), key)
		}
	}
	c, err := v.Configure(p.Config)
	if err != nil {
		return v, fmt.Errorf("variant %s: %w", v.Label(), err)
	}
	x, err = x.usedBy(c)
	if err != nil {
		return v, fmt.Errorf("variant %s: %w", v.Label(), err)
	}
	tuned := maps.Clone(v.Tuned)
	if tuned == nil {
		tuned = map[string]any{}
	}
	maps.Copy(tuned, x)
	_, ownEnd := x["train.min_lr"]
	if lr, ok := summary.Number(x["train.lr"]); ok && !ownEnd {
		// Twelve digits: the product's last ones are rounding.
		tuned["train.min_lr"] = rounded(lr*c.Train.MinLR/c.Train.LR, 12)
	}
	schedule, swept := x["train.schedule"]
	if !swept {
		schedule = c.Train.Schedule
	}
	if warmup, ok := x["train.warmup"].(int64); ok && schedule != "wsd" {
		tuned["train.warmup"] = int64(float64(warmup)*float64(p.Config.Train.Steps)/float64(longest) + 0.5)
	}
	v.Tuned = tuned
	v.Name = strings.Join(append([]string{v.Label()}, config.Assignments(x)...), " ")
	return v, nil
}

// usedBy leaves out the keys that a configuration with the setting does not use.
func (x setting) usedBy(c config.Config) (setting, error) {
	for _, assignment := range config.Assignments(x) {
		if err := c.Set(assignment); err != nil {
			return x, err
		}
	}
	used := maps.Clone(x)
	for key := range c.Unused() {
		delete(used, key)
	}
	return used, nil
}

// SweepSeeds lists the seeds of the sweep of a study, nil if it has none.
func (s Study) SweepSeeds() []uint64 {
	if s.Sweep == nil {
		return nil
	}
	return sweepSeeds(s.Seeds)
}

// sweepSeeds are two seeds that are not compared. The first is far from those that
// are, so that it stays the same when more are added.
func sweepSeeds(seeds []uint64) []uint64 {
	var own []uint64
	for seed := slices.Min(seeds) + 1<<20; len(own) < 2; seed++ {
		if !slices.Contains(seeds, seed) {
			own = append(own, seed)
		}
	}
	return own
}
