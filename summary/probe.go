package summary

import "slices"

// A Probe looks into one trained model on the validation windows.
type Probe struct {
	Variant string  `json:"variant"` // label
	Seed    uint64  `json:"seed"`
	Loss    float64 `json:"loss"` // of the whole model
	// Positions are the losses at each position of a window, up to the longest
	// one. At the first position the model has seen one token.
	Positions []float64 `json:"positions"`
	// Levels are the operator's levels, and Blocks the blocks in which it stands,
	// counted from 0, with -1 for the embedding. Both are empty without an operator.
	Levels []Level `json:"levels"`
	Blocks []int   `json:"blocks"`
	// Rise has the increase in loss with one level bypassed in one block, by
	// level and block. LevelRise is that in all blocks at once, BlockRise
	// that with all levels of a block.
	Rise      [][]float64 `json:"rise"`
	LevelRise []float64   `json:"level_rise"`
	BlockRise []float64   `json:"block_rise"`
}

// A Level is a run of channels [From, To) of an operator that look at the same
// number of positions: Window of them, 0 for all so far.
type Level struct {
	Window int `json:"window"`
	From   int `json:"from"`
	To     int `json:"to"`
}

// ProbeOf returns the probe of a run, nil if there is none of the same
// configuration.
func (s *Summary) ProbeOf(r *Run) *Probe {
	if s == nil || !s.Has(r) {
		return nil
	}
	at := slices.IndexFunc(s.Probes, func(p Probe) bool { return p.Variant == r.Label() && p.Seed == r.Seed })
	if at < 0 {
		return nil
	}
	return &s.Probes[at]
}
