package gpt

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Sampling says how the next token is drawn from logits.
type Sampling struct {
	Temperature float64 // divides the logits; 0 takes the most likely token
	TopK        int     // keep the K most likely tokens; 0 keeps all
	TopP        float64 // keep the fewest most likely tokens of this probability in sum; 1 keeps all
}

// Validate returns the first value that is out of range.
func (s Sampling) Validate() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 1):
		return fmt.Errorf("a temperature of %v is out of range; give 0 or more", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("a top-k of %d is out of range; give 0 (all) or more", s.TopK)
	case !(s.TopP > 0 && s.TopP <= 1):
		return fmt.Errorf("a top-p of %v is out of range; give more than 0 and at most 1", s.TopP)
	}
	return nil
}

// Next draws a token from logits [vocabulary] with a uniform number u in
// [0, 1). Filters apply in the order temperature, top-k, top-p, as in
// transformers.
func (s Sampling) Next(logits []float32, u float64) uint16 {
	type candidate struct {
		token uint16
		p     float64
	}
	candidates := make([]candidate, len(logits))
	for i, l := range logits {
		candidates[i] = candidate{uint16(i), float64(l)}
	}
	// Equal logits keep the order of their ids.
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.p, a.p) })
	if s.Temperature == 0 {
		return candidates[0].token
	}
	if s.TopK > 0 {
		candidates = candidates[:min(s.TopK, len(candidates))]
	}
	top, sum := candidates[0].p, 0.0
	for i := range candidates {
		candidates[i].p = math.Exp((candidates[i].p - top) / s.Temperature)
		sum += candidates[i].p
	}
	if s.TopP < 1 {
		kept := 0.0
		for i, c := range candidates {
			kept += c.p
			if kept >= s.TopP*sum {
				candidates, sum = candidates[:i+1], kept
				break
			}
		}
	}
	target := u * sum
	for _, c := range candidates {
		if target -= c.p; target < 0 {
			return c.token
		}
	}
	return candidates[len(candidates)-1].token
}
