package summary

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// assumeSeeds gives curves without a seed that of the baseline: of its first finished
// run by seed, else of any. Without it they would be compared with nothing.
func assumeSeeds(results []Result) {
	if len(results) == 0 {
		return
	}
	baseline := results[0].Label()
	if slices.ContainsFunc(results, func(r Result) bool { return r.Label() == plainVariant }) {
		baseline = plainVariant
	}
	seed, known, finished := uint64(0), false, false
	for _, r := range results {
		if r.Label() != baseline || r.SeedAssumed || finished && r.Status != Finished {
			continue
		}
		if ends := r.Status == Finished; !known || ends && !finished || r.Seed < seed {
			seed, known, finished = r.Seed, true, ends
		}
	}
	for i := range results {
		if results[i].SeedAssumed {
			results[i].Seed = seed
		}
	}
}

// perToken converts the losses of an imported curve from the tokens of one data set
// to those of another with the same unit: to equal bits per unit. The tokens of a
// file that has losses in bits only are not known.
func (r Run) perToken(from, to *Data) Run {
	ratio := to.UnitsPerToken / from.UnitsPerToken
	if r.Source == "" || from.Unit != to.Unit || to.Unit == "token" || !(ratio > 0) || !finite(ratio) || math.Abs(ratio-1) < 1e-9 {
		return r
	}
	r.Curve = slices.Clone(r.Curve)
	for i := range r.Curve {
		r.Curve[i].Loss *= ratio
	}
	r.Notes = append(slices.Clip(r.Notes), fmt.Sprintf("losses: compared in bits per %s, of which a token here has %.4g", to.Unit, to.UnitsPerToken))
	return r
}

// assumed is what the import of a run assumed, its seed included.
func (s *Summary) assumed(r *Run) []string {
	if !r.SeedAssumed {
		return r.Notes
	}
	text := "no seed is given"
	var seeds []uint64
	for _, base := range s.RunsOf(s.Baseline) {
		if !base.SeedAssumed {
			seeds = append(seeds, base.Seed)
		}
	}
	switch {
	case len(seeds) > 1:
		text += fmt.Sprintf(", compared with seed %d of %s, one of its %d", r.Seed, s.Baseline, len(seeds))
	case len(seeds) == 1:
		text += fmt.Sprintf(", compared with seed %d of %s", r.Seed, s.Baseline)
	default:
		text += ", taken as that of the other curves"
	}
	return append([]string{text}, r.Notes...)
}

// Assumptions lists what the import of curves assumed, a line for each curve.
func (s *Summary) Assumptions() (lines []string) {
	for i := range s.Runs {
		r := &s.Runs[i]
		if notes := s.assumed(r); len(notes) > 0 {
			lines = append(lines, fmt.Sprintf("curves %s, %s: %s", r.Source, r.Label(), strings.Join(notes, "; ")))
		}
	}
	return lines
}

// imported says where the curves of a comparison are from, and what was assumed.
func (e *explanation) imported() {
	for _, label := range []string{e.s.Baseline, e.name} {
		var said []string
		for _, r := range e.s.RunsOf(label) {
			if r.Source == "" {
				continue
			}
			text := fmt.Sprintf("The curve of %s is from %s", label, r.Source)
			if notes := e.s.assumed(r); len(notes) > 0 {
				text += " (" + strings.Join(notes, "; ") + ")"
			}
			if text += "."; !slices.Contains(said, text) {
				said = append(said, text)
				e.sentences = append(e.sentences, Sentence{Text: text, Shared: label == e.s.Baseline})
			}
		}
		if label == e.name && e.name == e.s.Baseline {
			return
		}
	}
}
