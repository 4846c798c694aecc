package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

// Of a fifth, the rates are to the bit those of the time when it was a constant:
// runs of that time are resumed and repeated.
func TestRateOfAFifth(t *testing.T) {
	for steps := 1; steps < 400; steps += 7 {
		for _, warmup := range []int{0, steps / 20, steps} {
			c := config.Train{Steps: steps, Warmup: warmup, LR: 3e-3, MinLR: 3e-4, Schedule: "wsd", Cooldown: 0.2}
			for step := warmup + 1; step <= steps; step++ {
				start := max(float64(warmup), float64(steps)*0.8)
				want := c.LR
				if done := (float64(step) - start) / (float64(steps) - start); done > 0 {
					left := 1 - done
					want = c.MinLR + left*(c.LR-c.MinLR)
				}
				if got := Rate(c, step); got != want {
					t.Fatalf("%+v: rate %v of step %d, was %v", c, got, step, want)
				}
			}
		}
	}
}

// The rate is highest up to the branch point and lower after it, and does not tell
// how many steps there are before it.
func TestBranchPoint(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	falls := 0
	for range 20000 {
		c := config.Train{Steps: 1 + random.IntN(5000), LR: math.Exp(-9 * random.Float64()), Schedule: "wsd"}
		c.Warmup = random.IntN(c.Steps + 1)
		if random.IntN(2) == 0 {
			c.Warmup = random.IntN(1 + c.Steps/10)
		}
		c.MinLR = c.LR * []float64{0, 0.1, 0.5, random.Float64()}[random.IntN(4)]
		c.Cooldown = []float64{0.1, 0.2, 0.3, 0.7, 1, 1 - random.Float64()}[random.IntN(6)]
		b := BranchPoint(c)
		if b < c.Warmup || b > c.Steps {
			t.Fatalf("%+v: branch point %d", c, b)
		}
		if b > c.Warmup && Rate(c, b) != c.LR {
			t.Fatalf("%+v: rate %v at the branch point %d", c, Rate(c, b), b)
		}
		if b < c.Steps {
			falls++
			if next := Rate(c, b+1); next >= c.LR {
				t.Fatalf("%+v: rate %v after the branch point %d", c, next, b)
			}
		}
		if (b == c.Steps) != (c.Warmup == c.Steps || float64(c.Steps)*c.Cooldown < 1e-9) {
			t.Fatalf("%+v: branch point %d", c, b)
		}
		longer := c
		longer.Steps += random.IntN(5000)
		for range 20 {
			if step := 1 + random.IntN(max(b, 1)); step <= b && Rate(longer, step) != Rate(c, step) {
				t.Fatalf("%+v: rate %v of step %d, of %d steps %v", c, Rate(c, step), step, longer.Steps, Rate(longer, step))
			}
		}
	}
	if falls < 15000 {
		t.Errorf("only %d rates fell", falls)
	}
}

// By hand.
func TestBranchPoints(t *testing.T) {
	for _, test := range []struct {
		c    config.Train
		want int
	}{
		{config.Train{Steps: 1000, Warmup: 50, LR: 1, Schedule: "wsd", Cooldown: 0.2}, 800},
		{config.Train{Steps: 1500, Warmup: 50, LR: 1, Schedule: "wsd", Cooldown: 0.3}, 1050},
		{config.Train{Steps: 7, LR: 1, Schedule: "wsd", Cooldown: 0.5}, 3},
		{config.Train{Steps: 10, Warmup: 9, LR: 1, Schedule: "wsd", Cooldown: 0.5}, 9},
		{config.Train{Steps: 10, LR: 1, Schedule: "wsd", Cooldown: 1}, 0},
		{config.Train{Steps: 10, LR: 1, MinLR: 1, Schedule: "wsd", Cooldown: 1}, 10},
		{config.Train{Steps: 10, LR: 1, Schedule: "constant", Cooldown: 0.2}, 0},
		{config.Train{Steps: 10, LR: 1, Schedule: "cosine", Cooldown: 0.2}, 0},
	} {
		if got := BranchPoint(test.c); got != test.want {
			t.Errorf("%+v: branch point %d, want %d", test.c, got, test.want)
		}
	}
}
