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
	v = base
	v.Set = maps.Clone(base.Set)
	if v.Set == nil {
		v.Set = map[string]any{}
	}
	if along == summary.Depth {
		v.Set["model.layers"] = int64(m.Layers + more)
		v.Name = fmt.Sprintf("%s with %d layers", base.Label(), m.Layers+more)
		return v, m.Layers+more <= largestMatch*m.Layers
	}
	heads := m.Heads + more
	if m.KVHeads > 0 {
		group := m.Heads / m.KVHeads // heads that share keys and values
		heads = m.Heads + more*group
		v.Set["model.kv_heads"] = int64(heads / group)
	}
	v.Set["model.heads"] = int64(heads)
	v.Set["model.width"] = int64(m.Width / m.Heads * heads)
	v.Set["model.hidden"] = int64(m.Hidden * heads / m.Heads)
	v.Name = fmt.Sprintf("%s with %d channels", base.Label(), m.Width/m.Heads*heads)
	return v, heads <= largestMatch*m.Heads
}
