package compare

import (
	"context"
	"maps"
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// confirm retrains every variant that saved steps, with its whole schedule fitted
// to the steps that it took to the baseline's best loss.
func confirm(ctx context.Context, dir string, p Plan, set *dataset.Set, s *summary.Summary, watch Watch) error {
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
		shorter := v
		shorter.Name, shorter.Set = c.Label(), fitted(v.Set, full.Train, int(math.Ceil(*c.StepsToBaselineLoss.Mean)))
		// The fitted keys replace those that a sweep chose.
		shorter.Tuned = maps.Clone(v.Tuned)
		maps.DeleteFunc(shorter.Tuned, func(key string, _ any) bool { return key == "train.steps" || key == "train.warmup" })
		retrained := p
		retrained.Variants, retrained.Seeds = []Variant{shorter}, c.Seeds
		short, err := shorter.Configure(p.Config)
		if err != nil {
			return err
		}
		watch.part("confirming %s with a schedule of %s, %s", c.Label(),
			typeset.Counted(short.Train.Steps, "step"), typeset.Counted(len(c.Seeds), "run"))
		results, err := trainAll(ctx, dir, retrained, set, watch)
		if err != nil {
			return err
		}
		if err := s.AddConfirmation(c, short.Train.Steps, short.Train.Warmup, results); err != nil {
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
