package summary

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// Losses fall with the length of training as those of the published runs do.
func horizonLoss(steps float64) float64 { return 1.2 + 0.9/math.Sqrt(steps/400) }

var simulations = flag.Int("simulations", 300, "number of simulated studies of each kind")

// plantedStudy draws a study of two variants, of which the second needs scale times
// the steps of the first, with the noise of runs (simulation_test.go) and of windows.
// A share of the noise of a run is that of its trunk, the same at all horizons.
func plantedStudy(random *rand.Rand, scale float64, seeds, windows int, shared float64, steps ...float64) (results []Result) {
	const windowNoise, rest = 0.0035, 0.03 // of the mean over the windows; of one window
	for v, variant := range []string{"none", "haar"} {
		trunk := make([]float64, seeds)
		for s := range trunk {
			trunk[s] = random.NormFloat64()
		}
		of := make([]float64, windows)
		for w := range of {
			of[w] = windowNoise / math.Sqrt2 * math.Sqrt(float64(windows)) * random.NormFloat64()
		}
		for _, h := range steps {
			for s := range seeds {
				loss := horizonLoss(h/[]float64{1, scale}[v]) + seedNoise*(math.Sqrt(shared)*trunk[s]+math.Sqrt(1-shared)*random.NormFloat64())
				r := Result{Run: Run{Variant: variant, Seed: uint64(s), Status: Finished, Horizon: int(h), Steps: int(h), FinalWindows: windows}}
				for w := range windows {
					r.WindowLosses = append(r.WindowLosses, loss+of[w]+rest*random.NormFloat64())
				}
				final := stat.Mean(r.WindowLosses, nil)
				r.FinalLoss, r.Curve = &final, []Point{{Step: 0, Loss: 3}, {Step: int(h), Loss: loss}}
				results = append(results, r)
			}
		}
	}
	return results
}

// half an octave between horizons
var halfOctaves = []float64{1000, 1414, 2000, 2828, 4000}

// A planted ratio is found without bias, and its interval holds the truth about as
// often as it says, with runs of their own and with branches of one trunk.
func TestPlantedHorizonRatio(t *testing.T) {
	if testing.Short() {
		t.Skip("simulations")
	}
	n := float64(*simulations)
	margin := 3 * math.Sqrt(0.05*0.95/n)
	for _, shared := range []float64{0, 0.7} {
		for _, seeds := range []int{3, 5, 10} {
			for _, scale := range []float64{0.6, 0.8} {
				random := rand.New(rand.NewPCG(uint64(seeds), math.Float64bits(scale)))
				held, bias, intervals := 0.0, 0.0, 0.0
				for range *simulations {
					s := &Summary{}
					for _, r := range plantedStudy(random, scale, seeds, 24, shared, halfOctaves...) {
						s.Runs = append(s.Runs, r.Run)
					}
					all := lengths(s)
					r, ok := all.ratio("none", "haar", len(all)-1)
					if !ok {
						t.Fatal("no ratio")
					}
					bias += (r.Value - scale) / n
					if r.CI95 == nil {
						continue
					}
					intervals++
					if r.CI95[0] <= scale && scale <= r.CI95[1] {
						held++
					}
				}
				coverage := held / max(intervals, 1)
				t.Logf("shared %.1f, %d seeds, ratio %.1f: bias %+.4f, interval in %.1f %%, holds the truth in %.1f %%",
					shared, seeds, scale, bias, 100*intervals/n, 100*coverage)
				if math.Abs(bias) > 0.02 {
					t.Errorf("%d seeds, ratio %.1f: bias %+.3f", seeds, scale, bias)
				}
				if coverage < 0.95-margin-0.02 || coverage > 0.95+margin+0.02 || intervals < 0.97*n {
					t.Errorf("%d seeds, ratio %.1f: an interval in %.1f %%, which holds the truth in %.1f %%", seeds, scale, 100*intervals/n, 100*coverage)
				}
			}
		}
	}
}

// Equal variants of a full study are called different in 5 % of studies, and faster
// in half of those.
func TestEqualStudiesAreRarelyCalledFaster(t *testing.T) {
	if testing.Short() {
		t.Skip("simulations")
	}
	n := float64(*simulations)
	margin := 3 * math.Sqrt(0.05*0.95/n)
	for _, seeds := range []int{3, 5, 10} {
		random := rand.New(rand.NewPCG(uint64(seeds), 1))
		outcomes := map[Outcome]float64{}
		for range *simulations {
			s := compared(t, plantedStudy(random, 1, seeds, 24, 0.5, 2000, 2828, 4000)...)
			c := &s.Comparisons[0]
			if c.Grade != Full {
				t.Fatalf("grade %s", c.Grade)
			}
			outcomes[c.Outcome] += 1 / n
		}
		wrong := 1 - outcomes[NoDifference] - outcomes[Ahead] - outcomes[Behind]
		t.Logf("%d seeds: different %.1f %%, faster %.1f %%: %v", seeds, 100*wrong, 100*outcomes[Faster], outcomes)
		if math.Abs(wrong-significance) > 0.01+margin {
			t.Errorf("%d seeds: %.1f %% of equal variants are called different", seeds, 100*wrong)
		}
		if outcomes[Faster] > significance/2+0.005+margin/math.Sqrt2 {
			t.Errorf("%d seeds: %.1f %% of equal variants are called faster", seeds, 100*outcomes[Faster])
		}
	}
}

// Without noise the ratio is exact at a horizon, between two it is a little
// conservative, and beyond them it is a bound.
func TestHorizonRatioIsInterpolated(t *testing.T) {
	for _, test := range []struct {
		scale float64
		want  string
	}{
		{0.5, "0.50"}, {0.7071, "0.71"}, {0.6, "0.60"}, {0.2, "at most 0.25"}, {0.25, "at most 0.25"}, {1, "1.00"}, {1.1, "at least 1.00"},
	} {
		f := finals{steps: []float64{1000, 1414.2, 2000, 2828.4, 4000}}
		for _, h := range f.steps {
			f.seeds = append(f.seeds, []float64{horizonLoss(h/test.scale) - horizonLoss(4000)})
		}
		r := Ratio{}
		r.measure(f, 4000)
		if r.Wide {
			t.Errorf("ratio %v: half octaves are far apart", test.scale)
		}
		if got := r.String(); got != test.want {
			t.Errorf("ratio %v: %s, want %s", test.scale, got, test.want)
		}
	}
}

// Two horizons far apart are told, and a variant that equals the baseline is
// level with it, whatever the horizons.
func TestHorizonsFarApart(t *testing.T) {
	for _, steps := range [][]float64{{1500, 4000}, {1000, 1414, 2000}, {3, 7, 4001}, {333, 1001, 3003}} {
		at := func(scale float64) Ratio {
			f := finals{steps: steps}
			last := steps[len(steps)-1]
			for _, h := range steps {
				f.seeds = append(f.seeds, []float64{horizonLoss(h/scale) - horizonLoss(last)})
			}
			r := Ratio{}
			r.measure(f, last)
			return r
		}
		if r := at(1); r.String() != "1.00" {
			t.Errorf("%v, itself: %v", steps, r)
		}
		if r := at(0.9); r.Wide != (steps[1] != 1414) {
			t.Errorf("%v, 0.9: %v, far apart %t", steps, r, r.Wide)
		}
	}
}

// The words of intervals that end where the horizons do.
func TestHorizonRatioInWords(t *testing.T) {
	for want, r := range map[string]Ratio{
		"0.62 (0.55 to 0.70)":          {Value: 0.62, CI95: &[2]float64{0.55, 0.7}},
		"0.97 (0.72 or more)":          {Value: 0.97, CI95: &[2]float64{0.72, 1}, Open: [2]bool{false, true}},
		"0.45 (up to 0.73)":            {Value: 0.45, CI95: &[2]float64{0.38, 0.73}, Open: [2]bool{true, false}},
		"0.60 (any)":                   {Value: 0.6, CI95: &[2]float64{0.38, 1}, Open: [2]bool{true, true}},
		"at most 0.38 (up to 0.43)":    {Value: 0.38, Bound: AtMost, CI95: &[2]float64{0.38, 0.43}, Open: [2]bool{true, false}},
		"at most 0.38":                 {Value: 0.375, Bound: AtMost, CI95: &[2]float64{0.375, 0.3764}, Open: [2]bool{true, false}},
		"at least 1.00 (0.91 or more)": {Value: 1, Bound: AtLeast, CI95: &[2]float64{0.91, 1}, Open: [2]bool{false, true}},
		"at least 1.00":                {Value: 1, Bound: AtLeast},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Comparisons that differ in their length only are one study; seeds without all
// runs, and what has one length, are left out.
func TestHorizonRatiosOfSummaries(t *testing.T) {
	var list []*Summary
	for _, steps := range []int{400, 200, 100} {
		var results []Result
		for seed := range uint64(3) {
			for _, variant := range []string{"none", "haar", "shift"} {
				scale := map[string]float64{"none": 1, "haar": 0.5, "shift": 2}[variant]
				r := Result{Run: Run{Variant: variant, Seed: seed, Status: Finished, Steps: steps}}
				for _, at := range []int{0, steps / 2, steps} {
					r.Curve = append(r.Curve, Point{Step: at, Loss: horizonLoss(float64(max(at, 1))/scale) + 0.001*float64(seed)})
				}
				if variant == "shift" && steps == 100 && seed == 2 {
					r.Status = Unfinished
				}
				results = append(results, r)
			}
		}
		s := compared(t, results...)
		s.Data.Hash, s.Configuration = strings.Repeat("a", 64), "[train]\nsteps = "+map[int]string{400: "400", 200: "200", 100: "100"}[steps]+"\nwarmup = 10\n"
		list = append(list, s)
	}
	other := *list[0]
	other.Data.Hash = strings.Repeat("b", 64)
	ratios := HorizonRatios(append(list, &other))
	if len(ratios) != 2 {
		t.Fatalf("%d ratios: %v", len(ratios), ratios)
	}
	for _, r := range ratios {
		want, seeds := "0.50", 3
		if r.Variant == "shift" {
			want, seeds = "at least 1.00", 2
			if len(r.Without) != 1 || r.Without[0] != 2 {
				t.Errorf("without seeds %v, want 2", r.Without)
			}
		}
		if r.String() != want || len(r.Seeds) != seeds || r.Horizon != 400 || len(r.Steps) != 3 {
			t.Errorf("%s: %s, %+v; want %s", r.Variant, r, r, want)
		}
	}
	var out strings.Builder
	if err := WriteHorizons(&out, ratios); err != nil || !strings.Contains(out.String(), "haar                50 %  ") {
		t.Errorf("%v:\n%s", err, &out)
	}
	if HorizonRatios(list[:1]) != nil {
		t.Error("one length has a ratio")
	}
}

// A horizon at which no run of a variant finished is told; without one at the longest
// there is no ratio. Runs without losses of windows leave the interval to the seeds.
func TestHorizonWithoutRuns(t *testing.T) {
	for _, test := range []struct {
		lost    int
		grade   Grade
		missing string
	}{{2000, Full, "[2000]"}, {4000, Quick, ""}} {
		results := plantedStudy(rand.New(rand.NewPCG(1, 1)), 0.7, 3, 8, 0, 1000, 2000, 4000)
		for i := range results {
			if r := &results[i]; r.Variant == "haar" && r.Horizon == test.lost {
				r.Status = Diverged
			}
		}
		c := compared(t, results...).Comparisons[0]
		if c.Grade != test.grade || c.Grade == Full && (fmt.Sprint(c.HorizonRatio.Missing) != test.missing || !strings.Contains(c.Verdict, "No run of haar finished at 2,000 steps")) {
			t.Errorf("%d lost: %s, %+v\n%s", test.lost, c.Grade, c.HorizonRatio, c.Verdict)
		}
	}
	results := plantedStudy(rand.New(rand.NewPCG(1, 1)), 0.7, 3, 8, 0, 1000, 2000, 4000)
	results[7].WindowLosses = nil
	if r := compared(t, results...).Comparisons[0].HorizonRatio; r == nil || r.CI95 == nil {
		t.Errorf("without the windows of a run: %+v", r)
	}
}
