package summary

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Reference is the loss of a simple model that needs no network, such as an n-gram, on
// the windows of the final losses, or of the test losses. Package reference defines it.
type Reference struct {
	Name  string  `json:"name"` // such as "6-gram"
	Order int     `json:"order"`
	Loss  float64 `json:"loss"` // nats per token
	Split string  `json:"split"`
	// Windows is the number of windows, Trained that of the tokens that it was fitted
	// to; Capped says what it was not fitted to.
	Windows int    `json:"windows"`
	Trained int64  `json:"trained"`
	Capped  string `json:"capped,omitempty"`
}

// FinalReference is the reference line of the final losses, nil if there is none.
func (s *Summary) FinalReference() *Reference {
	split := "validation"
	if s.HoldOut != nil && s.HoldOut.Windows > 0 {
		split = s.HoldOut.Split
	}
	at := slices.IndexFunc(s.References, func(r Reference) bool { return r.Split == split })
	if at < 0 {
		return nil
	}
	return &s.References[at]
}

// Over lists the variants whose mean final loss is not below the reference line, and
// tells whether they are all.
func (r *Reference) Over(s *Summary) (labels []string, all bool) {
	all = true
	for _, label := range s.Labels() {
		loss, ok := s.MeanFinalLoss(label)
		if ok && loss >= r.Loss {
			labels = append(labels, label)
		}
		all = all && (!ok || loss >= r.Loss)
	}
	return labels, all && len(labels) > 0
}

// notEverySeed lists the variants that are below the reference line on average, and not with
// every seed.
func (r *Reference) notEverySeed(s *Summary) (labels []string) {
	for _, label := range s.Labels() {
		loss, ok := s.MeanFinalLoss(label)
		if ok && loss < r.Loss && slices.ContainsFunc(s.RunsOf(label), func(run *Run) bool {
			return run.Status == Finished && run.FinalLoss != nil && *run.FinalLoss >= r.Loss
		}) {
			labels = append(labels, label)
		}
	}
	return labels
}

// reference says which models do not beat one that needs no network.
func (e *explanation) reference() {
	r := e.s.FinalReference()
	if r == nil {
		return
	}
	of := fmt.Sprintf("the %s, %s", r.Name, e.s.Data.lossText(r.Loss))
	over, all := r.Over(e.s)
	some := r.notEverySeed(e.s)
	switch {
	case all:
		e.shared("No model here beats %s, on the same windows: they have learned nothing that needs a network.", of)
		e.remark("No model here beats the %s, %s bits.", r.Name, typeset.Loss(e.s.Data.Bits(r.Loss)))
	case len(over) > 0:
		e.shared("The mean final loss of %s is not below %s, on the same windows.", typeset.List(over), of)
		e.remark("Not below the %s, %s bits: %s.", r.Name, typeset.Loss(e.s.Data.Bits(r.Loss)), typeset.List(over))
	case len(some) == 0:
		e.shared("All models end below %s, on the same windows.", of)
	}
	if len(some) > 0 {
		e.shared("The mean final loss of %s is below %s, but not that of every seed, on the same windows.", typeset.List(some), of)
		e.remark("Below the %s, %s bits, on average and not with every seed: %s.", r.Name, typeset.Loss(e.s.Data.Bits(r.Loss)), typeset.List(some))
	}
	if r.Capped != "" {
		e.shared("The %s was fitted to %s; %s.", r.Name, typeset.Counted(float64(r.Trained), "token"), r.Capped)
	}
}
