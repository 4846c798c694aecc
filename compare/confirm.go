package compare

import (
	"maps"
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// confirm retrains every variant that saved steps, with its whole schedule fitted
// to the steps that it took to the baseline's best loss.
func confirm(train trainer, p Plan, s *summary.Summary, watch Watch) error {
	var plans []Plan
	var shorter []config.Train
	var of []*summary.Comparison
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		if c.StepsSaved == nil || *c.StepsSaved <= 0 {
			continue
		}
		v, ok := p.variant(c.Label())
		if !ok {
			continue
		}
		full, err := v.Configure(p.Config)
		if err != nil {
			return err
		}
		short := v
		short.Name, short.Set = c.Label(), fitted(v.Set, full.Train, int(math.Ceil(*c.StepsToBaselineLoss.Mean)))
		// The fitted keys replace those that a sweep chose.
		short.Tuned = maps.Clone(v.Tuned)
		maps.DeleteFunc(short.Tuned, func(key string, _ any) bool { return key == "train.steps" || key == "train.warmup" })
		retrained := p
		retrained.Variants, retrained.Seeds = []Variant{short}, c.Seeds
		configured, err := short.Configure(p.Config)
		if err != nil {
			return err
		}
		plans, shorter, of = append(plans, retrained), append(shorter, configured.Train), append(of, c)
		watch.part("confirming %s with a schedule of %s, %s", c.Label(),
			typeset.Counted(configured.Train.Steps, "step"), typeset.Counted(len(c.Seeds), "run"))
	}
	if len(plans) == 0 {
		return nil
	}
	results, err := train(phaseConfirm, plans)
	if err != nil {
		return err
	}
	for i, c := range of {
		if err := s.AddConfirmation(c, shorter[i].Steps, shorter[i].Warmup, results[i]); err != nil {
			return err
		}
	}
	return nil
}

// fitted adds to overrides a schedule of fewer steps in the same proportions.
func fitted(overrides map[string]any, t config.Train, steps int) map[string]any {
	set := maps.Clone(overrides)
	if set == nil {
		set = map[string]any{}
	}
	steps = max(steps, 1)
	set["train.steps"] = int64(steps)
	set["train.warmup"] = int64(math.Round(float64(t.Warmup) * float64(steps) / float64(t.Steps)))
	return set
}
