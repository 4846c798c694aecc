package summary

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// unchosenRemark names the variants of which no setting could be chosen at some
// horizon.
func (s *Sweep) unchosenRemark() string {
	var labels []string
	for _, g := range s.candidates() {
		if g.best() == nil && !slices.Contains(labels, g[0].Variant) {
			labels = append(labels, g[0].Variant)
		}
	}
	if len(labels) == 0 {
		return ""
	}
	return fmt.Sprintf("No setting of the sweep finished with every seed for %s, so the settings of the plan are kept there.", typeset.List(labels))
}

// tried says what was tried: "3 values of train.lr", "8 random settings of train.lr
// and train.beta2, by successive halving at 375, 750 and 1,500 steps".
func (s *Sweep) tried() string {
	most := 0 // all variants began with as many
	for _, g := range s.candidates() {
		most = max(most, len(g))
	}
	if len(s.Rungs) == 0 {
		return typeset.Counted(most, "value") + " of " + s.Key
	}
	text := typeset.Counted(most, "random setting") + " of " + typeset.List(s.KeyList())
	if len(s.Rungs) > 1 {
		var steps []string
		for _, rung := range s.Rungs {
			steps = append(steps, typeset.Count(float64(rung)))
		}
		text += ", by successive halving at " + typeset.List(steps) + " steps"
	}
	return text
}

// edgeRemark says which bests are at an edge and why no more values were added; it is
// empty if there are none.
func (s *Sweep) edgeRemark() string {
	var labels []string
	open := false // an edge beyond which a value could have been tried
	for _, edge := range s.Edges() {
		open = open || !slices.Contains(s.Ends, edge.Side)
		label := edge.Variant
		if s.severalHorizons() {
			label += " at " + typeset.Counted(edge.Horizon, "step")
		}
		labels = append(labels, label)
	}
	if len(labels) == 0 {
		return ""
	}
	text := fmt.Sprintf("The best %s of %s is at the edge of the sweep", s.Key, typeset.List(labels))
	if len(s.Added) > 0 {
		text += ", after " + typeset.Counted(len(s.Added), "added value")
	}
	if !open {
		text += ", and the next value is not valid"
	}
	return text + "."
}

// nearRemark says which settings the noise does not tell from the one that was chosen.
func (s *Sweep) nearRemark(n *Near) string {
	var values []string
	for _, own := range n.Settings {
		values = append(values, s.name(own))
	}
	at := ""
	if s.severalHorizons() {
		at = " at " + typeset.Counted(n.Horizon, "step")
	}
	return fmt.Sprintf("The choice for %s%s, %s, is within the noise of %s.", n.Variant, at, s.name(s.TunedOf(n.Variant, n.Horizon)), typeset.List(values))
}

// severalHorizons tells whether settings were tried at more than one.
func (s *Sweep) severalHorizons() bool {
	return slices.ContainsFunc(s.Trials, func(t Trial) bool { return t.Horizon != s.Trials[0].Horizon })
}

// longest is the longest horizon at which settings of a variant were tried.
func (s *Sweep) longest(label string) (steps int) {
	for i := range s.Trials {
		if t := &s.Trials[i]; t.Label() == label {
			steps = max(steps, t.Horizon)
		}
	}
	return steps
}

// Remarks are the lines below a table of the sweep: bests at an edge, variants without
// a best, and choices within the noise.
func (s *Sweep) Remarks() (lines []string) {
	if edge := s.edgeRemark(); edge != "" {
		lines = append(lines, edge)
	}
	if none := s.unchosenRemark(); none != "" {
		lines = append(lines, none)
	}
	for i := range s.Near {
		lines = append(lines, s.nearRemark(&s.Near[i]))
	}
	return lines
}
