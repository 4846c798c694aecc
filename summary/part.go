package summary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Part marks the summary of one of several parts of a study, each of which was trained
// on a machine of its own. It has the runs of the part, of all phases and horizons, in
// Runs, and no comparisons. Package compare assembles the parts.
type Part struct {
	Number int `json:"number"` // from 1
	Of     int `json:"of"`
	// Study identifies the plan and the data, Plan is the resolved plan as TOML.
	Study string `json:"study"`
	Plan  string `json:"plan"`
	// Evaluations are those of the runs of the comparison by configuration hash, kept for a
	// study of one seed (see [Result]).
	Evaluations map[string][][]float32 `json:"evaluations,omitempty"`
}

// machines says which runs share a machine, empty if all do or it is not known.
func (s *Summary) machines() string {
	var names []string
	runs := slices.Concat(s.Runs, s.Shorter)
	seeds := map[uint64][]string{} // the machines of each seed
	tiers := map[string]string{}
	for _, r := range runs {
		if r.Machine == "" {
			continue
		}
		if !slices.Contains(names, r.Machine) {
			names = append(names, r.Machine)
		}
		if !slices.Contains(seeds[r.Seed], r.Machine) {
			seeds[r.Seed] = append(seeds[r.Seed], r.Machine)
		}
		tiers[r.Machine] = r.Tier
	}
	if len(names) < 2 {
		return ""
	}
	var parts []string
	for _, name := range names {
		var whole []string // seeds
		var single []string
		for _, r := range runs {
			seed := fmt.Sprint(r.Seed)
			switch of := fmt.Sprintf("%s with seed %s", r.Label(), seed); {
			case r.Machine != name:
			case len(seeds[r.Seed]) == 1 && !slices.Contains(whole, seed):
				whole = append(whole, seed)
			case len(seeds[r.Seed]) > 1 && !slices.Contains(single, of):
				single = append(single, of)
			}
		}
		if len(whole) == 1 {
			single = append([]string{"seed " + whole[0]}, single...)
		} else if len(whole) > 1 {
			single = append([]string{"seeds " + typeset.List(whole)}, single...)
		}
		parts = append(parts, fmt.Sprintf("%s on %s, %s kernels", typeset.List(single), name, tiers[name]))
	}
	return fmt.Sprintf("The runs were trained on %d machines: %s. Seconds are compared within a machine only, so a seed whose runs are on several has none.",
		len(names), strings.Join(parts, "; "))
}
