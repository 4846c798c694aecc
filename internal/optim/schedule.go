package optim

import (
	"math"

	"github.com/waveletgpt/waveletgpt/config"
)

// Rate is the learning rate of step t, 1 to c.Steps. It rises linearly to c.LR over
// c.Warmup steps. What follows depends on c.Schedule:
//
//	constant  c.LR
//	cosine    half a cosine from c.LR down to c.MinLR at the last step
//	linear    a straight line down to c.MinLR at the last step
//	wsd       c.LR, then a straight line down to c.MinLR over the share c.Cooldown of the steps
//
// wsd (warm-up, stable, decay) is that of Hu et al., "MiniCPM" (2024).
func Rate(c config.Train, t int) float64 {
	if t <= c.Warmup {
		return c.LR * float64(t) / float64(c.Warmup)
	}
	start := fallStart(c)
	done := (float64(t) - start) / (float64(c.Steps) - start)
	if done <= 0 || c.Schedule == "constant" {
		return c.LR
	}
	left := 1 - done
	if c.Schedule == "cosine" {
		left = (1 + math.Cos(math.Pi*done)) / 2
	}
	return c.MinLR + left*(c.LR-c.MinLR)
}

// MuonRate is Muon's learning rate where that of the schedule is rate: in all steps the
// same multiple of it, such that the highest is c.MuonLR.
func MuonRate(c config.Train, rate float64) float64 { return rate * (c.MuonLR / c.LR) }

// fallStart is the step after which the rate falls. It need not be whole.
func fallStart(c config.Train) float64 {
	start := float64(c.Warmup)
	if c.Schedule == "wsd" {
		start = max(start, float64(c.Steps)*(1-c.Cooldown))
	}
	return start
}

// BranchPoint is the last step before the rate of the schedule wsd falls: at least
// c.Warmup, and c.Steps if it never falls. Up to the branch points of both, two
// configurations that differ only in c.Steps have the same rates. For other
// schedules, whose rates depend on c.Steps from the start, it is 0.
func BranchPoint(c config.Train) int {
	if c.Schedule != "wsd" {
		return 0
	}
	step := int(fallStart(c))
	for step < c.Steps && Rate(c, step+1) == c.LR { // the first steps of a fall may round to c.LR
		step++
	}
	return step
}
