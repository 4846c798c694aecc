package summary

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// candidates are the settings of one variant at one horizon.
type candidates []*Setting

// candidates groups the settings by variant and horizon.
func (s *Sweep) candidates() (groups []candidates) {
	settings := s.Settings()
	for i := range settings {
		own := &settings[i]
		at := slices.IndexFunc(groups, func(g candidates) bool { return g[0].Variant == own.Variant && g[0].Horizon == own.Horizon })
		if at < 0 {
			at, groups = len(groups), append(groups, nil)
		}
		groups[at] = append(groups[at], own)
	}
	return groups
}

// best is the setting with the lowest mean, the first of equal ones; nil if none
// has a mean.
func (g candidates) best() (best *Setting) {
	for _, own := range g {
		if own.Mean != nil && (best == nil || *own.Mean < *best.Mean) {
			best = own
		}
	}
	return best
}

// Choose marks the best setting of each variant at each of some horizons, or at all
// if none is given, and those within the noise of it.
func (s *Sweep) Choose(horizons ...int) {
	s.Near = nil
	for i := range s.Trials {
		s.Trials[i].Chosen = false
	}
	for _, g := range s.candidates() {
		best := g.best()
		if best == nil || len(horizons) > 0 && !slices.Contains(horizons, best.Horizon) {
			continue
		}
		for _, t := range best.Trials {
			t.Chosen = true
		}
		noise, ok := g.noise()
		near := Near{Variant: best.Variant, Horizon: best.Horizon, Noise: noise}
		for _, own := range g {
			if ok && own != best && own.Mean != nil && *own.Mean-*best.Mean < noise {
				near.Settings = append(near.Settings, s.valuesOf(own))
			}
		}
		if len(near.Settings) > 0 {
			s.Near = append(s.Near, near)
		}
	}
}

func (s *Sweep) valuesOf(g *Setting) map[string]any {
	values := map[string]any{}
	for _, key := range s.KeyList() {
		if value, used := g.Trials[0].Tuned[key]; used {
			values[key] = value
		}
	}
	return values
}

// noise is the half width of the 95 % interval of the difference between two means,
// t(0.975, (I-1)(J-1)) s sqrt(2/J), for I settings with J seeds that all finished.
// With the residuals r_ij = x_ij - mean_i - mean_j + mean of the two-way layout
// without replication, s^2 = sum r_ij^2 / ((I-1)(J-1)): what all settings of a seed
// share is no noise (Fisher's least significant difference in randomized blocks;
// Montgomery, Design and Analysis of Experiments, sections 3.5.7 and 4.1). ok is
// false where it is not defined: with one seed or one setting.
func (g candidates) noise() (noise float64, ok bool) {
	var x [][]float64
	for _, own := range g {
		if own.Mean == nil || len(x) > 0 && len(own.Trials) != len(x[0]) {
			continue
		}
		var row []float64
		for _, t := range own.Trials {
			row = append(row, *t.FinalLoss)
		}
		x = append(x, row)
	}
	if len(x) < 2 || len(x[0]) < 2 {
		return 0, false
	}
	rows, columns := float64(len(x)), float64(len(x[0]))
	ofRow, ofColumn, mean := make([]float64, len(x)), make([]float64, len(x[0])), 0.0
	for i, row := range x {
		for j, loss := range row {
			ofRow[i] += loss / columns
			ofColumn[j] += loss / rows
			mean += loss / (rows * columns)
		}
	}
	squares := 0.0
	for i, row := range x {
		for j, loss := range row {
			r := loss - ofRow[i] - ofColumn[j] + mean
			squares += r * r
		}
	}
	degrees := (rows - 1) * (columns - 1)
	t := distuv.StudentsT{Sigma: 1, Nu: degrees}.Quantile(0.975)
	return t * math.Sqrt(squares/degrees) * math.Sqrt(2/columns), true
}

// An Edge is the lowest or highest value that was tried, where it is the best one of
// a variant at a horizon.
type Edge struct {
	Variant string // label
	Horizon int
	Side    string // LowEdge or HighEdge
}

// equal tells whether all settings have the same mean, as in older documents those of a
// key that a variant does not use.
func (g candidates) equal() bool {
	return !slices.ContainsFunc(g, func(own *Setting) bool { return own.Mean == nil || *own.Mean != *g[0].Mean })
}

// Edges lists the bests at an edge. A list that is not of numbers, a single value, a
// variant that does not use the key, settings that were drawn at random, and those that
// are all equal have no edges.
func (s *Sweep) Edges() (edges []Edge) {
	if len(s.KeyList()) > 1 || len(s.Rungs) > 0 {
		return nil
	}
	for _, g := range s.candidates() {
		var chosen *float64
		low, high := math.Inf(1), math.Inf(-1)
		for _, own := range g {
			x, ok := Number(own.Trials[0].Tuned[s.Key])
			if !ok {
				chosen = nil
				break
			}
			low, high = min(low, x), max(high, x)
			if own.Chosen {
				chosen = &x
			}
		}
		if chosen == nil || low == high || low < *chosen && *chosen < high || g.equal() {
			continue
		}
		edge := Edge{g[0].Variant, g[0].Horizon, LowEdge}
		if *chosen == high {
			edge.Side = HighEdge
		}
		edges = append(edges, edge)
	}
	return edges
}

// Number reads a value of a configuration.
func Number(value any) (x float64, ok bool) {
	switch x := value.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	case int:
		return float64(x), true
	}
	return 0, false
}
