package summary

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The noise of real runs, nats, from
//
//	waveletgpt compare --data text8-first-12500000.zip --variants none,shift,haar --seeds 5 --set train.steps=600
//
// where the standard deviation over seeds of a loss is 0.003 to 0.011 from step
// 100 on (the final ones 0.011, 0.005 and 0.006), final losses of two variants
// with one seed have a correlation of -0.05, the second differences of a curve's
// end leave 0.002 to 0.003 for one evaluation, and the step at which a run leaves
// its plateau differs by 2 to 7 %.
const (
	seedNoise       = 0.008
	evaluationNoise = 0.0025
	plateauNoise    = 0.05
)

// simulated is planted with measured noise: 41 evaluations.
func simulated(variant string, seed uint64, scale float64, random *rand.Rand) Result {
	r := Result{Run: Run{Variant: variant, Seed: seed, Status: Finished, Steps: 2000, StepSeconds: pointer(0.05)}}
	offset := seedNoise * random.NormFloat64()
	scale *= math.Exp(plateauNoise * random.NormFloat64())
	for step := 0; step <= 2000; step += 50 {
		x := float64(step)
		r.Curve = append(r.Curve, Point{
			Step: step, Tokens: 512 * int64(step), FLOPs: 3e8 * x, Seconds: 0.05 * x,
			Loss: plantedLoss(x/scale) + offset + evaluationNoise*random.NormFloat64(),
		})
	}
	return r
}

// simulate counts what seeds seeds of none and a variant with a planted scale
// come to, over many draws of the noise.
func simulate(t *testing.T, simulations, seeds int, scale float64, see func(*Comparison)) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(seeds), math.Float64bits(scale)))
	for range simulations {
		var results []Result
		for seed := range uint64(seeds) {
			results = append(results, simulated("none", seed, 1, random), simulated("haar", seed, scale, random))
		}
		see(&compared(t, results...).Comparisons[0])
	}
}

// Two variants that are the same are called different as often as the level of
// the test says, faster and slower alike.
func TestEqualCurvesAreRarelyCalledFaster(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 simulations")
	}
	for _, n := range []int{3, 5} {
		const simulations = 1000
		outcomes := map[Outcome]int{}
		simulate(t, simulations, n, 1, func(c *Comparison) { outcomes[c.Outcome]++ })
		wrong := float64(simulations-outcomes[NoDifference]-outcomes[Ahead]-outcomes[Behind]) / simulations
		t.Logf("%d seeds: %v", n, outcomes)
		if math.Abs(wrong-significance) > 0.015 {
			t.Errorf("%d seeds: %.1f %% of equal pairs are called different, want 5 ± 1.5 %%", n, 100*wrong)
		}
		if faster := float64(outcomes[Faster]) / simulations; faster > significance/2+0.01 {
			t.Errorf("%d seeds: %.1f %% of equal pairs are called faster, want 2.5 %%", n, 100*faster)
		}
	}
}

// A planted speed-up is found, and its interval holds the truth about as often
// as it says.
func TestPlantedSpeedUpIsFoundInNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("1,200 simulations")
	}
	for _, test := range []struct {
		seeds int
		scale float64
		found float64 // the least share called faster
	}{
		{5, 0.7, 0.8}, {3, 0.7, 0.5}, {5, 0.9, 0.3}, {5, 0.5, 0.99},
	} {
		const simulations = 300
		faster, held, intervals, bias := 0, 0, 0, 0.0
		simulate(t, simulations, test.seeds, test.scale, func(c *Comparison) {
			if c.Outcome == Faster {
				faster++
			}
			if c.StepsSaved != nil {
				bias += (*c.StepsSaved - (1 - test.scale)) / simulations
			}
			if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
				intervals++
				if i.CI95[0] <= 1-test.scale && 1-test.scale <= i.CI95[1] {
					held++
				}
			}
		})
		share, coverage := float64(faster)/simulations, float64(held)/float64(max(intervals, 1))
		t.Logf("%d seeds, %.0f %% saved: faster in %.1f %%, mean error of the saved share %+.3f, interval in %.0f %%, holds the truth in %.1f %%",
			test.seeds, 100*(1-test.scale), 100*share, bias, 100*float64(intervals)/simulations, 100*coverage)
		if share < test.found {
			t.Errorf("%d seeds: a planted %.0f %% is found in %.1f %% of simulations", test.seeds, 100*(1-test.scale), 100*share)
		}
		if coverage < 0.91 {
			t.Errorf("%d seeds: the 95 %% interval holds a planted %.0f %% in %.1f %% of simulations", test.seeds, 100*(1-test.scale), 100*coverage)
		}
	}
}
