package summary

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Part marks the summary of one of several parts of a study, each of which was trained
// on its own machine. It has the runs of the part, of all phases and horizons, in
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

// PartDir names the directory of a part, below that of the comparison.
func PartDir(number, of int) string { return fmt.Sprintf("part-%d-of-%d", number, of) }

// PartOf reads which part a directory has from its name; ok is false for another name.
func PartOf(dir string) (number, of int, ok bool) {
	name := filepath.Base(dir)
	_, err := fmt.Sscanf(name, "part-%d-of-%d", &number, &of)
	return number, of, err == nil && PartDir(number, of) == name
}

// Place is the machine and the kernels or engine that trained a run, empty if they are not known.
func (r *Run) Place() string {
	if r.Machine == "" {
		return ""
	}
	if r.Engine != "" {
		return r.Machine + ", " + r.Engine
	}
	return fmt.Sprintf("%s, %s kernels", r.Machine, r.Tier)
}

// places says which runs were trained in one place, empty if all were or it is not known.
func (s *Summary) places() string {
	runs := slices.Concat(s.Runs, s.Shorter)
	var all []string
	of := map[uint64][]string{} // those of each seed
	for i := range runs {
		r, place := &runs[i], runs[i].Place()
		if place != "" && !slices.Contains(all, place) {
			all = append(all, place)
		}
		if !slices.Contains(of[r.Seed], place) {
			of[r.Seed] = append(of[r.Seed], place)
		}
	}
	if len(all) < 2 {
		return ""
	}
	var texts []string
	for _, place := range all {
		var seeds, single []string
		for i := range runs {
			r := &runs[i]
			seed := fmt.Sprint(r.Seed)
			name := fmt.Sprintf("%s with seed %s", r.Label(), seed)
			switch {
			case r.Place() != place:
			case len(of[r.Seed]) == 1 && !slices.Contains(seeds, seed):
				seeds = append(seeds, seed)
			case len(of[r.Seed]) > 1 && !slices.Contains(single, name):
				single = append(single, name)
			}
		}
		if len(seeds) == 1 {
			single = append([]string{"seed " + seeds[0]}, single...)
		} else if len(seeds) > 1 {
			single = append([]string{"seeds " + typeset.List(seeds)}, single...)
		}
		texts = append(texts, typeset.List(single)+" on "+place)
	}
	return fmt.Sprintf("Runs were trained on different machines or kernels: %s. Seconds are compared within one of these only, so a seed with runs on several has none.",
		strings.Join(texts, "; "))
}
