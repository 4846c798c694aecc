package compare

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
)

// A Confirmation answers whether a crossing in mid-schedule is a shorter
// training: the variant once more, with its whole schedule fitted to the steps
// that it took to the baseline's best loss.
type Confirmation struct {
	Variant string `json:"variant"` // label
	Steps   int    `json:"steps"`
	Warmup  int    `json:"warmup"`
	Runs    []Run  `json:"runs"`
	// FinalLoss is the mean of the runs' final losses; BaselineLoss is L*.
	FinalLoss    *float64 `json:"final_loss"`
	BaselineLoss float64  `json:"baseline_loss"`
	// Below counts the runs that end at or under L* of their seed.
	Below     int  `json:"below"`
	Confirmed bool `json:"confirmed"` // the mean does
}

// confirm trains again every variant that saved steps.
func (s *Summary) confirm(ctx context.Context, dir string, p Plan, set *dataset.Set, watch Watch) error {
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
		// What is fitted is not what a sweep chose.
		shorter.Tuned = maps.Clone(v.Tuned)
		maps.DeleteFunc(shorter.Tuned, func(key string, _ any) bool { return key == "train.steps" || key == "train.warmup" })
		again := p
		again.Variants, again.Seeds = []Variant{shorter}, c.Seeds
		short, err := shorter.Configure(p.Config)
		if err != nil {
			return err
		}
		watch.part("confirming %s with a schedule of %s steps, %s", c.Label(), Count(float64(short.Train.Steps)), counted(len(c.Seeds), "run"))
		results, err := Execute(ctx, dir, again, set, watch)
		if err != nil {
			return err
		}
		s.Confirmations = append(s.Confirmations, s.confirmation(c, short.Train, results))
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

func (s *Summary) confirmation(c *Comparison, t config.Train, results []Result) Confirmation {
	out := Confirmation{Variant: c.Label(), Steps: t.Steps, Warmup: t.Warmup, BaselineLoss: *c.BaselineLoss}
	sum, finished := 0.0, 0
	for i := range results {
		r := &results[i]
		r.measure(s.Data.Entropy.Bigram)
		out.Runs = append(out.Runs, r.Run)
		if r.FinalLoss == nil {
			continue
		}
		sum, finished = sum+*r.FinalLoss, finished+1
		if level := s.bestOf(s.Baseline, r.Seed); level != nil && *r.FinalLoss <= *level {
			out.Below++
		}
	}
	if finished > 0 && finished == len(results) {
		mean := sum / float64(finished)
		out.FinalLoss, out.Confirmed = &mean, mean <= *c.BaselineLoss
	}
	return out
}

// bestOf is the best loss of a variant with a seed.
func (s *Summary) bestOf(label string, seed uint64) *float64 {
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Label() == label && r.Seed == seed {
			return r.BestLoss
		}
	}
	return nil
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

// words says the answer in a sentence.
func (c *Confirmation) words(d *Data) string {
	again := fmt.Sprintf("trained again with its whole schedule fitted to %s steps, it", Count(float64(c.Steps)))
	switch {
	case c.FinalLoss == nil:
		return fmt.Sprintf("Not confirmed: %s did not finish with every seed.", again)
	case c.Confirmed:
		return fmt.Sprintf("Confirmed: %s ends at %s, at or under the baseline's best loss (in %d of %s).",
			again, d.inWords(*c.FinalLoss), c.Below, counted(len(c.Runs), "seed"))
	}
	return fmt.Sprintf("Not confirmed: %s ends at %s, %.3f nats above the baseline's best loss (at or under it in %d of %s), "+
		"so the crossing is not a training that is as much shorter.",
		again, d.inWords(*c.FinalLoss), *c.FinalLoss-c.BaselineLoss, c.Below, counted(len(c.Runs), "seed"))
}

// brief is words in a line.
func (c *Confirmation) brief() string {
	schedule := fmt.Sprintf("with a schedule of %s steps", Count(float64(c.Steps)))
	switch {
	case c.FinalLoss == nil:
		return "not confirmed: a run " + schedule + " did not finish."
	case c.Confirmed:
		return fmt.Sprintf("confirmed: %s it ends at or under the baseline's best loss.", schedule)
	}
	return fmt.Sprintf("not confirmed: %s it ends %.3f nats above the baseline's best loss.", schedule, *c.FinalLoss-c.BaselineLoss)
}
