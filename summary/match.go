package summary

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// How a baseline grows.
const (
	Depth = "depth" // more layers
	Width = "width" // more heads of the same size, and hidden channels in proportion
)

// A Match is a series of larger baselines, each trained for the same steps.
type Match struct {
	Along   string        `json:"along"` // Depth or Width
	Sizes   []MatchSize   `json:"sizes"` // ascending, the baseline's own first
	Answers []MatchAnswer `json:"answers"`
}

// A MatchSize is a baseline of one size.
type MatchSize struct {
	Size       int      `json:"size"` // layers or channels
	Parameters int64    `json:"parameters"`
	FinalLoss  *float64 `json:"final_loss"` // mean over seeds
	Runs       []Run    `json:"runs"`       // empty for the baseline of the comparison
}

// A MatchAnswer is the size of a plain baseline that reaches a variant's final
// loss: read off the straight line between the final losses of two that were
// trained. Null if the largest one does not reach it or did not finish.
type MatchAnswer struct {
	Variant        string   `json:"variant"` // label
	FinalLoss      float64  `json:"final_loss"`
	Size           *float64 `json:"size"`
	Parameters     *float64 `json:"parameters"`
	MoreParameters *float64 `json:"more_parameters"` // fraction: 0.25 is 25 % more than the variant has
}

// NewMatch starts a match at the baseline of the comparison, which has the given
// size. Its answers are those of all variants that end below the baseline. ok
// is false if no run of the baseline finished.
func (s *Summary) NewMatch(along string, size int) (m *Match, ok bool) {
	start, ok := s.MeanFinalLoss(s.Baseline)
	if !ok {
		return nil, false
	}
	m = &Match{Along: along, Sizes: []MatchSize{{Size: size, Parameters: s.Parameters(s.Baseline), FinalLoss: &start}}}
	for i := range s.Comparisons {
		label := s.Comparisons[i].Label()
		if loss, ok := s.MeanFinalLoss(label); ok && loss < start {
			m.Answers = append(m.Answers, MatchAnswer{Variant: label, FinalLoss: loss})
		}
	}
	return m, true
}

// Unanswered reports whether a still larger baseline is worth training: the last
// one finished, and some variant ends below all of them.
func (m *Match) Unanswered() bool {
	return m.Sizes[len(m.Sizes)-1].FinalLoss != nil &&
		slices.ContainsFunc(m.Answers, func(a MatchAnswer) bool { return a.Size == nil })
}

// Add records the runs of a larger baseline and answers what they answer.
func (m *Match) Add(s *Summary, size int, results []Result) {
	out := MatchSize{Size: size}
	var losses []float64
	for i := range results {
		r := &results[i]
		r.Measure(s.Data.Entropy.Bigram)
		out.Runs, out.Parameters = append(out.Runs, r.Run), r.Parameters
		if r.FinalLoss != nil {
			losses = append(losses, *r.FinalLoss)
		}
	}
	before := m.Sizes[len(m.Sizes)-1]
	m.Sizes = append(m.Sizes, out)
	if len(losses) == 0 || len(losses) < len(results) {
		return
	}
	mean := stat.Mean(losses, nil)
	after := &m.Sizes[len(m.Sizes)-1]
	after.FinalLoss = &mean
	for i := range m.Answers {
		if a := &m.Answers[i]; a.Size == nil && mean <= a.FinalLoss {
			a.between(&before, after, s.Parameters(a.Variant))
		}
	}
}

// between interpolates between the last baseline above the loss and the first one
// at or below it; own counts the variant's parameters, 0 if unknown.
func (a *MatchAnswer) between(before, after *MatchSize, own int64) {
	share := 1.0
	if fall := *before.FinalLoss - *after.FinalLoss; fall > 0 {
		share = min(max((*before.FinalLoss-a.FinalLoss)/fall, 0), 1)
	}
	size := float64(before.Size) + share*float64(after.Size-before.Size)
	parameters := float64(before.Parameters) + share*float64(after.Parameters-before.Parameters)
	a.Size, a.Parameters = &size, &parameters
	if own > 0 {
		more := parameters/float64(own) - 1
		a.MoreParameters = &more
	}
}

// unit is what a size counts.
func (m *Match) unit() string {
	if m.Along == Depth {
		return "layers"
	}
	return "channels"
}

// sentence says which larger baseline a variant equals. No size has a rate of its
// own, so the answer is at best a bound, and the sentence says so.
func (m *Match) sentence(a *MatchAnswer, baseline string) string {
	if a.Size == nil {
		largest := &m.Sizes[len(m.Sizes)-1]
		if largest.FinalLoss == nil {
			return fmt.Sprintf("How large a baseline must be is not known: %s with %d %s did not finish with every seed.", baseline, largest.Size, m.unit())
		}
		return fmt.Sprintf("Even %s with %d %s, %s parameters, does not reach its final loss in the same steps at the learning rate of the smallest.",
			baseline, largest.Size, m.unit(), typeset.Count(float64(largest.Parameters)))
	}
	text := fmt.Sprintf("At the learning rate of the smallest, %s needs about %.1f %s instead of %d to reach the same final loss in the same steps", baseline, *a.Size, m.unit(), m.Sizes[0].Size)
	if a.MoreParameters != nil {
		text += fmt.Sprintf(", %s more parameters", typeset.Percent(*a.MoreParameters))
	}
	return text + "; with rates of their own, fewer may do."
}
