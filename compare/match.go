package compare

import (
	"fmt"
	"maps"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// largestMatch bounds how much larger a baseline gets.
const largestMatch = 4

// match trains larger and larger baselines along each of depth and width until one ends
// at or below the final loss of every variant that is better than the baseline.
func match(train trainer, p Plan, along []string, s *summary.Summary, watch Watch) error {
	base, ok := p.variant(s.Baseline)
	if !ok {
		return fmt.Errorf("match: no baseline %s in the plan", s.Baseline)
	}
	c, err := base.Configure(p.Config)
	if err != nil {
		return err
	}
	var matches []*summary.Match
	for _, along := range along {
		if m, ok := s.NewMatch(along, sizeOf(c.Model, along)); ok { // else the verdict says that the baseline did not finish
			matches = append(matches, m)
		}
	}
	for round, more := 1, 1; ; round, more = round+1, 2*more {
		var plans []Plan
		var open []*summary.Match
		for _, m := range matches {
			larger, ok := grown(base, c.Model, m.Along, more)
			if !ok || !m.Unanswered() {
				continue
			}
			grownPlan := p
			grownPlan.Variants = []Variant{larger}
			plans, open = append(plans, grownPlan), append(open, m)
			watch.part("matching by %s: %s, %s", m.Along, larger.Label(), typeset.Counted(len(p.Seeds), "run"))
		}
		if len(plans) == 0 {
			break
		}
		results, err := train(fmt.Sprint(phaseMatch, round), plans)
		if err != nil {
			return err
		}
		for i, m := range open {
			larger, err := plans[i].Variants[0].Configure(p.Config)
			if err != nil {
				return err
			}
			m.Add(s, sizeOf(larger.Model, m.Along), results[i])
		}
	}
	for _, m := range matches {
		s.Matches = append(s.Matches, *m)
	}
	return nil
}

func sizeOf(m config.Model, along string) int {
	if along == summary.Depth {
		return m.Layers
	}
	return m.Width
}

// grown is a baseline with more layers or heads; ok is false beyond the largest.
func grown(base Variant, m config.Model, along string, more int) (v Variant, ok bool) {
	if along == summary.Depth {
		layers := m.Layers + more
		name := fmt.Sprintf("%s with %d layers", base.Label(), layers)
		return base.resized(name, map[string]any{"model.layers": int64(layers)}), layers <= largestMatch*m.Layers
	}
	size := map[string]any{}
	heads := m.Heads + more
	if m.KVHeads > 0 {
		group := m.Heads / m.KVHeads // heads that share keys and values
		heads = m.Heads + more*group
		size["model.kv_heads"] = int64(heads / group)
	}
	size["model.heads"] = int64(heads)
	size["model.width"] = int64(m.Width / m.Heads * heads)
	size["model.hidden"] = int64(m.Hidden * heads / m.Heads)
	return base.resized(fmt.Sprintf("%s with %d channels", base.Label(), m.Width/m.Heads*heads), size), heads <= largestMatch*m.Heads
}

// resized is a variant of another size, which replaces one that a sweep chose.
func (v Variant) resized(name string, size map[string]any) Variant {
	v.Name, v.Set, v.Tuned = name, maps.Clone(v.Set), maps.Clone(v.Tuned)
	if v.Set == nil {
		v.Set = map[string]any{}
	}
	for key, value := range size {
		v.Set[key] = value
		delete(v.Tuned, key)
	}
	return v
}
