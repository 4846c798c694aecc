package summary

import (
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Row is one variant of a summary with its numbers as text, in the form that
// every table prints. A number that is not defined is the empty string.
//
// A difference is variant minus baseline in nats: negative is better. Something
// saved is a share of what the baseline needed.
type Row struct {
	Label    string
	Baseline bool
	Seeds    string // pairs of runs that are compared
	// Status is empty, or says why the variant has no finished run.
	Status string
	// Bits per unit and nats per token are those of the mean final loss,
	// TestNats those of the mean test loss.
	Bits, Nats, TestNats string
	// Share is that of the baseline's steps after which a full comparison ends as
	// low, with its bound, ShareTokens and so on what it means on the other axes.
	Share         string
	ShareInterval string // 95 %
	ShareTokens   string
	ShareFLOPs    string
	ShareSeconds  string
	// Steps are those at which the curve crosses the baseline's best loss, "never" if
	// it does not; what is saved there is no measure of how much faster a variant
	// trains.
	Steps                  string
	StepsSaved             string
	StepsSavedInterval     string // the 95 % interval in percent, "26 to 33"
	StepsSavedAfterPlateau string
	TokensSaved            string
	SecondsSaved           string
	FLOPsSaved             string
	Difference             string
	DifferenceInterval     string // 95 %
	P                      string // after Holm's correction
	Confirmation           string
	Controls               []ControlCell
	Verdict                string
	RestsOn                string // grade and evidence: "quick, exploratory"

	ratio *Ratio
}

// VerdictUnder is the verdict for a column whose heading has the grade and evidence
// of [Summary.RestsOn], with its own where they differ.
func (row *Row) VerdictUnder(heading string) string {
	if row.RestsOn == "" || row.RestsOn == heading {
		return row.Verdict
	}
	rests := strings.TrimPrefix(row.RestsOn, heading+", ") // "not primary"
	return row.Verdict + " (" + rests + ")"
}

// A ControlCell is the difference between a variant's final loss and that of a
// control, variant minus control.
type ControlCell struct {
	Control    string
	Difference string
	Interval   string
}

// Control is the difference to a control with its interval, empty if the variant
// is not compared with it.
func (row *Row) Control(name string) string {
	for _, cell := range row.Controls {
		if cell.Control == name {
			return WithInterval(cell.Difference, cell.Interval)
		}
	}
	return ""
}

// Rows has a row for each variant, the baseline first.
func (s *Summary) Rows() []Row {
	var rows []Row
	for _, label := range s.Labels() {
		rows = append(rows, s.Row(label))
	}
	return rows
}

// Row is the row of a variant.
func (s *Summary) Row(label string) Row {
	row := Row{Label: label, Baseline: label == s.Baseline}
	if final, ok := s.MeanFinalLoss(label); ok {
		row.Bits, row.Nats = typeset.Loss(s.Data.Bits(final)), typeset.Loss(final)
	} else {
		row.Status = s.unfinished(label)
	}
	if test, ok := s.mean(label, func(r *Run) *float64 { return r.TestLoss }); ok {
		row.TestNats = typeset.Loss(test)
	}
	if row.Baseline && len(s.Comparisons) > 0 {
		row.Verdict = "baseline"
		if steps := s.Comparisons[0].BaselineSteps; steps != nil {
			row.Steps = typeset.Count(*steps)
		}
	}
	for i := range s.Comparisons {
		if c := &s.Comparisons[i]; c.Label() == label && label != s.Baseline { // with itself there is nothing to say
			row.fill(c)
			row.RestsOn = s.restsOn(c)
		}
	}
	if c := s.confirmation(label); c != nil && c.FinalLoss != nil {
		word := "not confirmed"
		if c.Confirmed {
			word = "confirmed"
		}
		row.Confirmation = fmt.Sprintf("%s: %s, %.3f nats", word, typeset.Counted(c.Steps, "step"), *c.FinalLoss)
	}
	return row
}

// fill adds what a comparison has of its variant.
func (row *Row) fill(c *Comparison) {
	row.Seeds = fmt.Sprint(len(c.Seeds))
	row.Verdict = string(c.Outcome)
	if c.BaselineLoss == nil {
		return
	}
	if r := c.HorizonRatio; r != nil {
		row.ratio = r
		row.Share, row.ShareInterval = r.Share()
		row.ShareTokens, row.ShareFLOPs, row.ShareSeconds = r.shareOf(r.Tokens), r.shareOf(r.FLOPs), r.shareOf(r.Seconds)
	}
	row.Steps = "never"
	if c.StepsToBaselineLoss.Mean != nil {
		row.Steps = typeset.Count(*c.StepsToBaselineLoss.Mean)
	}
	if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
		row.StepsSavedInterval = typeset.Count(100*i.CI95[0]) + " to " + typeset.Count(100*i.CI95[1])
	}
	for _, cell := range []struct {
		text     *string
		fraction *float64
	}{
		{&row.StepsSaved, c.StepsSaved}, {&row.StepsSavedAfterPlateau, c.StepsSavedAfterPlateau},
		{&row.TokensSaved, c.TokensSaved}, {&row.SecondsSaved, c.SecondsSaved}, {&row.FLOPsSaved, c.FLOPsSaved},
	} {
		if cell.fraction != nil {
			*cell.text = typeset.Percent(*cell.fraction)
		}
	}
	row.Difference, row.DifferenceInterval = c.Difference.cells()
	if c.PValueHolm != nil {
		row.P = probability(*c.PValueHolm)
	}
	for _, control := range c.Controls {
		difference, interval := control.cells()
		row.Controls = append(row.Controls, ControlCell{control.Variant, difference, interval})
	}
}

// cells prints a difference and its interval.
func (d *Difference) cells() (difference, interval string) {
	if d.Gain != nil {
		difference = typeset.Signed(-*d.Gain)
	}
	if d.CI95 != nil {
		interval = typeset.Signed(-d.CI95[1]) + " to " + typeset.Signed(-d.CI95[0])
	}
	return difference, interval
}

// unfinished says why a variant has no finished run.
func (s *Summary) unfinished(label string) string {
	for _, r := range s.RunsOf(label) {
		if r.Status == Diverged {
			return "diverged"
		}
	}
	return "unfinished"
}

// WithInterval is "29 % (26 to 33)", or the number alone.
func WithInterval(number, interval string) string {
	if interval == "" {
		return number
	}
	return number + " (" + interval + ")"
}
