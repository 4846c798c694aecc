package summary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Findings says in a line each what the sweep, the confirmation, the matches and the probes
// of a study found, or why there was nothing to train. confirm, match and probe say what
// was asked for. What is among the remarks of the table is left out.
func (s *Summary) Findings(confirm, match, probe bool) (lines []string) {
	if s.Sweep != nil {
		if chosen := s.Sweep.chosen(s.Labels()); chosen != "" {
			lines = append(lines, "chosen by the sweep: "+chosen)
		}
	}
	if confirm && len(s.Confirmations) == 0 {
		lines = append(lines, "confirm: no variant reached the baseline's best loss in fewer steps, so none was trained again")
	}
	answers := 0
	for i := range s.Matches {
		m := &s.Matches[i]
		for j := range m.Answers {
			a := &m.Answers[j]
			lines = append(lines, fmt.Sprintf("match of %s by %s: %s", a.Variant, m.Along, m.sentence(a, s.Baseline)))
			answers++
		}
	}
	switch {
	case match && len(s.Matches) == 0:
		lines = append(lines, "match: no run of the baseline finished, so no larger baseline was trained")
	case match && answers == 0:
		lines = append(lines, "match: no variant ends below the baseline, so no larger baseline was trained")
	}
	levels := 0
	for i := range s.Probes {
		if p := &s.Probes[i]; len(p.LevelRise) > 0 && len(p.LevelRise) == len(p.Levels) {
			most := slices.Index(p.LevelRise, slices.Max(p.LevelRise))
			windows := "windows of " + typeset.Counted(p.Levels[most].Window, "position")
			if p.Levels[most].Window == 0 {
				windows = "windows over all positions"
			}
			lines = append(lines, fmt.Sprintf("probe of %s: the loss changes most without its %s, by %s nats", p.Variant, windows, typeset.Signed(p.LevelRise[most])))
			levels++
		}
	}
	if probe && levels == 0 {
		lines = append(lines, "probe: no variant has windows to leave out; the page shows the loss at each position")
	}
	return lines
}

// chosen lists the settings that were chosen, at the longest horizon, with the variants
// of each: "train.lr 0.008 for none, 0.016 for shift and haar".
func (s *Sweep) chosen(labels []string) string {
	var values []string
	of := map[string][]string{}
	for _, label := range labels {
		tuned := s.TunedOf(label, s.longest(label))
		if tuned == nil {
			continue
		}
		value := s.name(tuned)
		if of[value] == nil {
			values = append(values, value)
		}
		of[value] = append(of[value], label)
	}
	for i, value := range values {
		values[i] += " for " + typeset.List(of[value])
	}
	text := strings.Join(values, ", ")
	if text != "" && len(s.KeyList()) == 1 {
		text = s.Key + " " + text
	}
	if s.severalHorizons() && len(s.Rungs) == 0 {
		text += ", at the longest horizon"
	}
	return text
}
