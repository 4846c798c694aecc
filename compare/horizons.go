package compare

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/train"
)

// AtHorizon returns a configuration with another length of training, and a whole
// schedule in it. The warm-up keeps its share of the steps, except with schedule
// wsd: there all horizons share one warm-up, because they are branches of one run.
// 0 steps leave the configuration as it is.
func AtHorizon(c config.Config, steps int) config.Config {
	if steps == 0 {
		return c
	}
	if c.Train.Schedule != "wsd" {
		c.Train.Warmup = int(float64(c.Train.Warmup)*float64(steps)/float64(c.Train.Steps) + 0.5)
	}
	c.Train.Steps = steps
	return c
}

// plans returns the plan of each horizon, from short to long. A study without
// horizons has one plan, its own.
func (s Study) plans() []Plan {
	horizons := slices.Sorted(slices.Values(s.Horizons))
	if len(horizons) == 0 {
		horizons = []int{s.Config.Train.Steps}
	}
	var plans []Plan
	for _, steps := range horizons {
		p := s.Plan
		if len(s.Horizons) > 0 {
			p.Config = AtHorizon(s.Config, steps)
		}
		if s.chosen != nil {
			p.Variants = s.chosen[steps]
		}
		plans = append(plans, p)
	}
	return plans
}

// checkHorizons checks what can be checked without the data.
func (s Study) checkHorizons() error {
	for i, steps := range s.Horizons {
		if steps < 1 {
			return fmt.Errorf("horizons: %d steps; give at least 1", steps)
		}
		if slices.Contains(s.Horizons[:i], steps) {
			return fmt.Errorf("horizons: %d is there twice", steps)
		}
	}
	if len(s.Horizons) < 2 {
		return nil
	}
	for _, v := range s.Variants {
		if _, own := v.Set["train.steps"]; own {
			return fmt.Errorf("variant %s sets train.steps, but the plan has horizons; leave one of them out", v.Label())
		}
	}
	return nil
}

// trunkOf names the run that one of a configuration can be a branch of: with schedule
// wsd, runs that differ in their length only are equal to the bit up to where the rate
// of the shorter one begins to fall. It is empty for other schedules.
func trunkOf(c config.Config) string {
	if c.Train.Schedule != "wsd" {
		return ""
	}
	c.Train.Steps = 0
	return c.Hash("")
}

// branchPoint is the last step that a job shares with its trunk.
func (j *job) branchPoint() int { return train.BranchPoint(j.config.Train) }

// stages sorts jobs of the same seeds into trunks and branches. A trunk is the
// longest run of those that share one; jobs of other schedules are trunks without
// branches.
func stages(jobs []job) (trunks, branches []job) {
	longest := map[string]int{}
	for _, j := range jobs {
		longest[j.trunk] = max(longest[j.trunk], j.config.Train.Steps)
	}
	for _, j := range jobs {
		if j.trunk == "" || j.config.Train.Steps == longest[j.trunk] {
			trunks = append(trunks, j)
		} else {
			branches = append(branches, j)
		}
	}
	return trunks, branches
}

// trained is the number of steps that a job takes beyond those of its trunk.
func (j *job) trained(trunks []job) int {
	for i := range trunks {
		if t := &trunks[i]; j.trunk != "" && t.trunk == j.trunk && t.hash != j.hash {
			return j.config.Train.Steps - min(j.branchPoint(), t.branchPoint())
		}
	}
	return j.config.Train.Steps
}
