package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
)

// How a baseline grows.
const (
	Depth = "depth" // more layers
	Width = "width" // more heads of the same size, and hidden channels in proportion
)

// largestMatch bounds how much larger a baseline gets.
const largestMatch = 4

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

// A MatchAnswer is the size of a plain baseline that ends where a variant ends:
// between two that were trained, on the straight line of their final losses.
// Null where the largest one does not get there or did not finish.
type MatchAnswer struct {
	Variant        string   `json:"variant"` // label
	FinalLoss      float64  `json:"final_loss"`
	Size           *float64 `json:"size"`
	Parameters     *float64 `json:"parameters"`
	MoreParameters *float64 `json:"more_parameters"` // fraction: 0.25 is 25 % more than the variant has
}

// match trains larger and larger baselines until one ends at or below the final
// loss of every variant that is better than the baseline.
func (s *Summary) match(ctx context.Context, dir string, p Plan, along string, set *dataset.Set, watch Watch) error {
	base, ok := p.variant(s.Baseline)
	if !ok {
		return fmt.Errorf("match: no baseline %s in the plan", s.Baseline)
	}
	c, err := base.Configure(p.Config)
	if err != nil {
		return err
	}
	m := Match{Along: along}
	start, ok := meanOf(s, s.Baseline, func(r *Run) *float64 { return r.FinalLoss })
	if !ok {
		return nil // the verdict says that the baseline did not finish
	}
	m.Sizes = []MatchSize{{Size: sizeOf(c.Model, along), Parameters: s.parameters(s.Baseline), FinalLoss: &start}}
	targets := s.targets(start)
	lowest := start
	for more := 1; ; more *= 2 {
		if !slices.ContainsFunc(targets, func(a MatchAnswer) bool { return a.FinalLoss < lowest }) {
			break
		}
		larger, ok := grown(base, c.Model, along, more)
		if !ok {
			break
		}
		grownPlan := p
		grownPlan.Variants = []Variant{larger}
		watch.part("matching by %s: %s, %s", along, larger.Label(), counted(len(p.Seeds), "run"))
		results, err := Execute(ctx, dir, grownPlan, set, watch)
		if err != nil {
			return err
		}
		size := s.matchSize(larger, along, results)
		m.Sizes = append(m.Sizes, size)
		if size.FinalLoss == nil {
			break
		}
		lowest = min(lowest, *size.FinalLoss)
	}
	for _, a := range targets {
		m.Answers = append(m.Answers, m.answer(a, s.parameters(a.Variant)))
	}
	s.Matches = append(s.Matches, m)
	return nil
}

// targets are the final losses of the variants that end below the baseline.
func (s *Summary) targets(start float64) (list []MatchAnswer) {
	for i := range s.Comparisons {
		label := s.Comparisons[i].Label()
		if loss, ok := meanOf(s, label, func(r *Run) *float64 { return r.FinalLoss }); ok && loss < start {
			list = append(list, MatchAnswer{Variant: label, FinalLoss: loss})
		}
	}
	return list
}

func sizeOf(m config.Model, along string) int {
	if along == Depth {
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
	if along == Depth {
		v.Set["model.layers"] = int64(m.Layers + more)
		v.Name = fmt.Sprintf("%s with %d layers", base.Label(), m.Layers+more)
		return v, m.Layers+more <= largestMatch*m.Layers
	}
	heads := m.Heads + more
	v.Set["model.heads"] = int64(heads)
	v.Set["model.width"] = int64(m.Width / m.Heads * heads)
	v.Set["model.hidden"] = int64(m.Hidden * heads / m.Heads)
	v.Name = fmt.Sprintf("%s with %d channels", base.Label(), m.Width/m.Heads*heads)
	return v, heads <= largestMatch*m.Heads
}

func (s *Summary) matchSize(v Variant, along string, results []Result) MatchSize {
	var out MatchSize
	var losses []float64
	for i := range results {
		r := &results[i]
		r.measure(s.Data.Entropy.Bigram)
		out.Runs, out.Parameters = append(out.Runs, r.Run), r.Parameters
		if r.FinalLoss != nil {
			losses = append(losses, *r.FinalLoss)
		}
	}
	key := map[string]string{Depth: "model.layers", Width: "model.width"}[along]
	out.Size = int(v.Set[key].(int64))
	if len(losses) > 0 && len(losses) == len(results) {
		mean := stat.Mean(losses, nil)
		out.FinalLoss = &mean
	}
	return out
}

// answer interpolates between the last baseline above the loss and the first one
// at or below it.
func (m *Match) answer(a MatchAnswer, own int64) MatchAnswer {
	for i := 1; i < len(m.Sizes); i++ {
		before, after := &m.Sizes[i-1], &m.Sizes[i]
		if before.FinalLoss == nil || after.FinalLoss == nil || *after.FinalLoss > a.FinalLoss {
			continue
		}
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
		break
	}
	return a
}

// parameters counts those of a variant's runs.
func (s *Summary) parameters(label string) int64 {
	for i := range s.Runs {
		if s.Runs[i].Label() == label {
			return s.Runs[i].Parameters
		}
	}
	return 0
}

// unit is what a size counts.
func (m *Match) unit() string {
	if m.Along == Depth {
		return "layers"
	}
	return "channels"
}

// words says what a variant is worth in a larger baseline.
func (m *Match) words(a *MatchAnswer, baseline string) string {
	if a.Size == nil {
		largest := &m.Sizes[len(m.Sizes)-1]
		if largest.FinalLoss == nil {
			return fmt.Sprintf("How large a baseline ends where it ends is not known: %s with %d %s did not finish with every seed.", baseline, largest.Size, m.unit())
		}
		return fmt.Sprintf("Even %s with %d %s, %s parameters, does not get down to its final loss in the same steps.",
			baseline, largest.Size, m.unit(), Count(float64(largest.Parameters)))
	}
	text := fmt.Sprintf("It takes %s with about %.1f %s instead of %d", baseline, *a.Size, m.unit(), m.Sizes[0].Size)
	if a.MoreParameters != nil {
		text += fmt.Sprintf(", %s more parameters,", Percent(*a.MoreParameters))
	}
	return text + " to end where it ends in the same steps."
}
