package summary

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Confirmation answers whether a crossing in mid-schedule stands for a shorter
// training run: the variant is trained again with its whole schedule fitted to
// the steps that it took to the baseline's best loss.
type Confirmation struct {
	Variant string `json:"variant"` // label
	Steps   int    `json:"steps"`
	Warmup  int    `json:"warmup"`
	Runs    []Run  `json:"runs"`
	// FinalLoss is the mean of the losses that end the runs' curves; BaselineLoss is L*.
	FinalLoss    *float64 `json:"final_loss"`
	BaselineLoss float64  `json:"baseline_loss"`
	// Below counts the runs that end at or under L* of their seed.
	Below     int  `json:"below"`
	Confirmed bool `json:"confirmed"` // FinalLoss is at or under BaselineLoss
}

// AddConfirmation records the runs that retrained the variant of a comparison, which
// has a BaselineLoss, with a schedule of steps, warmup of them.
func (s *Summary) AddConfirmation(c *Comparison, steps, warmup int, results []Result) error {
	if c.BaselineLoss == nil {
		return fmt.Errorf("confirmation of %s: the baseline has no loss to reach", c.Label())
	}
	out := Confirmation{Variant: c.Label(), Steps: steps, Warmup: warmup, BaselineLoss: *c.BaselineLoss}
	sum, finished := 0.0, 0
	for i := range results {
		r := &results[i]
		r.Measure(s.Data.Entropy.Bigram)
		out.Runs = append(out.Runs, r.Run)
		if r.FinalLoss == nil {
			continue
		}
		end := r.lastPoint().Loss // on the windows of the curve, as L*
		sum, finished = sum+end, finished+1
		if level := s.bestLoss(s.Baseline, r.Seed); level != nil && end <= *level {
			out.Below++
		}
	}
	if finished > 0 && finished == len(results) {
		mean := sum / float64(finished)
		out.FinalLoss, out.Confirmed = &mean, mean <= *c.BaselineLoss
	}
	s.Confirmations = append(s.Confirmations, out)
	return nil
}

// bestLoss is the best loss of a variant with a seed.
func (s *Summary) bestLoss(label string, seed uint64) *float64 {
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Label() == label && r.Seed == seed {
			return r.BestLoss
		}
	}
	return nil
}

// confirmation returns that of a variant, nil if there is none.
func (s *Summary) confirmation(label string) *Confirmation {
	for i := range s.Confirmations {
		if s.Confirmations[i].Variant == label {
			return &s.Confirmations[i]
		}
	}
	return nil
}

// sentence is the answer in full.
func (c *Confirmation) sentence(d *Data) string {
	retrained := fmt.Sprintf("retrained for %s with the whole schedule scaled to fit, it", typeset.Counted(c.Steps, "step"))
	switch {
	case c.FinalLoss == nil:
		return fmt.Sprintf("Not confirmed: %s did not finish with every seed.", retrained)
	case c.Confirmed:
		return fmt.Sprintf("Confirmed: %s ends at %s, at or under the baseline's best loss (in %d of %s).",
			retrained, d.lossText(*c.FinalLoss), c.Below, typeset.Counted(len(c.Runs), "seed"))
	}
	return fmt.Sprintf("Not confirmed: %s ends at %s, %.3f nats above the baseline's best loss (at or under it in %d of %s). "+
		"So a training run of that length does not reach it.",
		retrained, d.lossText(*c.FinalLoss), *c.FinalLoss-c.BaselineLoss, c.Below, typeset.Counted(len(c.Runs), "seed"))
}

// remark is the answer in one line of a terminal.
func (c *Confirmation) remark() string {
	schedule := fmt.Sprintf("with a schedule of %s", typeset.Counted(c.Steps, "step"))
	switch {
	case c.FinalLoss == nil:
		return "not confirmed: a run " + schedule + " did not finish."
	case c.Confirmed:
		return fmt.Sprintf("confirmed: %s it ends at or under the baseline's best loss.", schedule)
	}
	return fmt.Sprintf("not confirmed: %s it ends %.3f nats above the baseline's best loss.", schedule, *c.FinalLoss-c.BaselineLoss)
}
