package optim

import (
	"math"

	"github.com/waveletgpt/waveletgpt/config"
)

// decayShare is the share of the steps in which the learning rate of the schedule
// wsd (warm-up, stable, decay) falls, as is usual since Hu et al., "MiniCPM" (2024).
const decayShare = 0.2

// Rate is the learning rate of step t, 1 to c.Steps. It rises linearly to c.LR over
// c.Warmup steps. What follows depends on c.Schedule:
//
//	constant  c.LR
//	cosine    half a cosine from c.LR down to c.MinLR at the last step
//	linear    a straight line down to c.MinLR at the last step
//	wsd       c.LR, then a straight line down to c.MinLR over the last fifth of the steps
func Rate(c config.Train, t int) float64 {
	if t <= c.Warmup {
		return c.LR * float64(t) / float64(c.Warmup)
	}
	start := float64(c.Warmup)
	if c.Schedule == "wsd" {
		start = max(start, float64(c.Steps)*(1-decayShare))
	}
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
