package summary

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// Losses fall with the length of training as those of the published runs do.
func horizonLoss(steps float64) float64 { return 1.2 + 0.9/math.Sqrt(steps/400) }

// planted are the final losses of a variant that needs scale times the steps of
// the baseline, with the noise of runs (simulation_test.go) and of windows.
func plantedFinals(random *rand.Rand, scale float64, seeds, windows int, steps ...float64) finals {
	const windowNoise = 0.0035 // of the mean over the windows
	f := finals{steps: steps}
	var baseline []float64
	for range seeds {
		baseline = append(baseline, horizonLoss(steps[len(steps)-1])+seedNoise*random.NormFloat64())
	}
	for _, h := range steps {
		noise := make([]float64, windows)
		for w := range noise {
			noise[w] = windowNoise * math.Sqrt(float64(windows)) * random.NormFloat64()
		}
		var less [][]float64
		var bySeed []float64
		for s := range seeds {
			own := horizonLoss(h/scale) + seedNoise*random.NormFloat64()
			var d []float64
			for _, x := range noise {
				d = append(d, own-baseline[s]+x)
			}
			less, bySeed = append(less, d), append(bySeed, stat.Mean(d, nil))
		}
		f.windows, f.seeds = append(f.windows, less), append(f.seeds, bySeed)
	}
	return f
}

// half an octave between horizons
var halfOctaves = []float64{1000, 1414, 2000, 2828, 4000}

// A planted ratio is found without bias, and its interval holds the truth about as
// often as it says. Equal variants are called different as often as the level of
// the interval says.
func TestPlantedHorizonRatio(t *testing.T) {
	if testing.Short() {
		t.Skip("simulations")
	}
	const simulations, windows = 300, 24
	for _, seeds := range []int{3, 5, 10} {
		for _, scale := range []float64{0.6, 0.8, 1} {
			random := rand.New(rand.NewPCG(uint64(seeds), math.Float64bits(scale)))
			held, bias, different, faster := 0.0, 0.0, 0.0, 0.0
			for range simulations {
				r := Ratio{}
				r.measure(plantedFinals(random, scale, seeds, windows, halfOctaves...), 4000)
				bias += (r.Value - scale) / simulations
				if r.CI95 == nil {
					continue
				}
				low, high := r.CI95[0], r.CI95[1]
				if low <= scale && scale <= high {
					held += 1. / simulations
				}
				if high < 1 {
					faster += 1. / simulations
				}
				if high < 1 || low >= 1 { // 1 is the longest horizon
					different += 1. / simulations
				}
			}
			t.Logf("%d seeds, ratio %.1f: bias %+.4f, interval holds it in %.1f %%, faster %.1f %%, different %.1f %%", seeds, scale, bias, 100*held, 100*faster, 100*different)
			if scale < 1 && math.Abs(bias) > 0.02 {
				t.Errorf("%d seeds, ratio %.1f: bias %+.3f", seeds, scale, bias)
			}
			if held < 0.89 {
				t.Errorf("%d seeds, ratio %.1f: the interval holds it in %.1f %%", seeds, scale, 100*held)
			}
			if scale == 1 && faster > 0.06 {
				t.Errorf("%d seeds: equal variants are called faster in %.1f %%", seeds, 100*faster)
			}
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
	if err := WriteHorizons(&out, ratios); err != nil || !strings.Contains(out.String(), "haar                0.50  ") {
		t.Errorf("%v:\n%s", err, &out)
	}
	if HorizonRatios(list[:1]) != nil {
		t.Error("one length has a ratio")
	}
}
