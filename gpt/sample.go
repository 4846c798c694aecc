package gpt

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Sampling are the settings for drawing the next token.
type Sampling struct {
	Temperature float64 // divides the logits; 0 always takes the most likely token
	TopK        int     // draw from the K most likely tokens; 0 means all
	TopP        float64 // draw from the fewest tokens whose probabilities add up to TopP; 1 means all
}

// Validate returns an error for the first value that is out of range.
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

// A Sampler draws tokens. It reuses its memory, so use it from one goroutine.
type Sampler struct {
	Sampling
	candidates []candidate
}

type candidate struct {
	token uint16
	p     float64 // logit, then probability up to a factor
}

// Next draws a token from logits [vocabulary] with a uniform number u in
// [0, 1). Filters apply in the order temperature, top-k, top-p, as in
// transformers.
func (s *Sampler) Next(logits []float32, u float64) uint16 {
	s.candidates = s.candidates[:0]
	for i, l := range logits {
		s.candidates = append(s.candidates, candidate{uint16(i), float64(l)})
	}
	candidates := s.candidates
	// Of equal logits the smaller id comes first.
	byLogit := func(a, b candidate) int { return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.token, b.token)) }
	if s.Temperature == 0 {
		return slices.MinFunc(candidates, byLogit).token
	}
	slices.SortFunc(candidates, byLogit)
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
