package summary

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Student's own data: additional hours of sleep gained by ten patients with
// two drugs (Biometrika 6, 1908; R's data set "sleep"). R's
// t.test(extra ~ group, paired = TRUE) gives t = -4.0621, df = 9,
// p = 0.002833, interval -2.4598858 to -0.7001142.
func TestPairedDifferenceAgainstStudent(t *testing.T) {
	first := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	second := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	d := pairedDifference(subtract(first, second), PairsOfWindows)
	near := func(name string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s = %.8g, want %.8g", name, got, want)
		}
	}
	near("gain", *d.Gain, -1.58, 1e-12)
	near("t", *d.Gain / *d.StandardError, -4.0621, 5e-5)
	near("p", *d.PValue, 0.002833, 5e-7)
	near("lower end", d.CI95[0], -2.4598858, 5e-8)
	near("upper end", d.CI95[1], -0.7001142, 5e-8)
	if d.Pairs != 10 || d.PairsOf != PairsOfWindows {
		t.Errorf("pairs: %d of %s", d.Pairs, d.PairsOf)
	}
}

func TestPairedDifferenceDegenerate(t *testing.T) {
	if d := pairedDifference(nil, PairsOfSeeds); d.Gain != nil || d.PValue != nil || d.PairsOf != "" {
		t.Errorf("no pairs: %+v", d)
	}
	if d := pairedDifference([]float64{0.5}, PairsOfSeeds); *d.Gain != 0.5 || d.CI95 != nil || d.PValue != nil {
		t.Errorf("one pair: %+v", d)
	}
	if d := pairedDifference([]float64{0, 0, 0}, PairsOfSeeds); *d.PValue != 1 || *d.CI95 != [2]float64{} {
		t.Errorf("equal runs: %+v", d)
	}
	if d := pairedDifference([]float64{1, 1, 1}, PairsOfSeeds); *d.PValue != 0 || *d.CI95 != [2]float64{1, 1} {
		t.Errorf("constant difference: %+v", d)
	}
}

// Windows of one document count as one, so one document says nothing about others.
func TestWindowsOfDocuments(t *testing.T) {
	d := []float64{1, 1, 3, 3}
	for _, test := range []struct {
		documents []int
		groups    int
		se        float64 // NaN: there is no test
	}{
		{nil, 0, math.Sqrt(4. / 3 / 4)},
		{[]int{1, 2, 3, 4}, 0, math.Sqrt(4. / 3 / 4)},
		{[]int{7, 7, 8, 8}, 2, 1}, // 2/1 (2² + 2²) / 4²
		{[]int{7, 7, 7, 7}, 1, math.NaN()},
	} {
		got := windowDifference(2.25, d, test.documents) // by tokens, not by windows
		if *got.Gain != 2.25 || got.Pairs != 4 || got.Groups != test.groups || (got.PValue == nil) != math.IsNaN(test.se) {
			t.Errorf("documents %v: %+v", test.documents, got)
		}
		if got.StandardError != nil && math.Abs(*got.StandardError-test.se) > 1e-15 {
			t.Errorf("documents %v: standard error %v, want %v", test.documents, *got.StandardError, test.se)
		}
	}
}

// Equal variants are called different in 5 % of comparisons, and 95 % of the
// intervals hold the true difference.
func TestPairedDifferenceIsCalibrated(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const simulations, planted = 4000, 0.01
	for _, n := range []int{3, 5, 128} {
		rejected, covered := 0, 0
		for range simulations {
			d := make([]float64, n)
			for i := range d {
				d[i] = 0.02 * random.NormFloat64()
			}
			if *pairedDifference(d, PairsOfSeeds).PValue < significance {
				rejected++
			}
			for i := range d {
				d[i] += planted
			}
			if ci := pairedDifference(d, PairsOfSeeds).CI95; ci[0] <= planted && planted <= ci[1] {
				covered++
			}
		}
		// Four standard deviations of the binomial.
		if rate := float64(rejected) / simulations; math.Abs(rate-0.05) > 0.014 {
			t.Errorf("n = %d: %.3f of equal pairs are significant, want 0.05", n, rate)
		}
		if rate := float64(covered) / simulations; math.Abs(rate-0.95) > 0.014 {
			t.Errorf("n = %d: %.3f of the intervals hold the truth, want 0.95", n, rate)
		}
	}
}

func TestHolm(t *testing.T) {
	// R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
	p := []*float64{pointer(0.01), nil, pointer(0.04), pointer(0.03), pointer(0.005)}
	want := []float64{0.03, -1, 0.06, 0.06, 0.02}
	for i, got := range holm(p) {
		if got == nil {
			if want[i] >= 0 {
				t.Errorf("p-value %d is missing", i)
			}
			continue
		}
		if math.Abs(*got-want[i]) > 1e-15 {
			t.Errorf("corrected p-value %d = %g, want %g", i, *got, want[i])
		}
	}
	if got := holm([]*float64{pointer(0.8), pointer(0.9)}); *got[0] != 1 || *got[1] != 1 {
		t.Errorf("corrected p-values go above 1: %g %g", *got[0], *got[1])
	}
}

// With seeds and windows both random, equal variants are called different in 5 %
// of comparisons whichever of the two is the larger source of noise. With three
// seeds that differ a few times as much as windows do, Satterthwaite's degrees of
// freedom make it 8 %; with two they would make it 12 %, so two seeds have one.
func TestCrossedDifferenceIsCalibrated(t *testing.T) {
	if testing.Short() {
		t.Skip("60,000 simulations")
	}
	const windows = 60
	// The last has three seeds where the approximation is worst.
	const hardest = 0.02
	for _, noise := range []struct{ seeds, windows, rest float64 }{
		{0.011, 0.0035, 0.05}, {0.011, 0, 0.05}, {0.003, 0.0035, 0.05}, {0.001, 0.01, 0.01}, {0, 0.005, 0.05}, {hardest, 0.0035, 0.01},
	} {
		for _, n := range []int{2, 3, 5, 10} {
			for _, size := range []int{1, 4} { // windows of a document
				if n != 3 && size == 1 {
					continue // windows alone need no other seeds
				}
				random := rand.New(rand.NewPCG(uint64(n), uint64(size)))
				const simulations = 2000
				wrong := 0
				var groups []int
				for w := range windows {
					groups = append(groups, w/size)
				}
				for range simulations {
					common := make([]float64, windows)
					for w := range common {
						if w%size == 0 {
							common[w] = noise.windows * math.Sqrt(windows/float64(size)) * random.NormFloat64()
						} else {
							common[w] = common[w-1]
						}
					}
					var seeds []float64
					var d [][]float64
					for range n {
						own := noise.seeds * random.NormFloat64()
						of := make([]float64, windows)
						mean := 0.0
						for w := range of {
							of[w] = own + common[w] + noise.rest*random.NormFloat64()
							mean += of[w] / windows
						}
						seeds, d = append(seeds, mean), append(d, of)
					}
					if *crossedDifference(seeds, d, groups).PValue < significance {
						wrong++
					}
				}
				share := float64(wrong) / simulations
				t.Logf("%+v, %d seeds, %d windows a document: %.1f %%", noise, n, size, 100*share)
				least, most := 0.02, 0.07
				switch {
				case n == 2:
					least, most = 0, 0.055
				case n == 3 && noise.seeds == hardest:
					most = 0.095
				}
				if share < least || share > most {
					t.Errorf("%+v, %d seeds, %d windows a document: %.1f %% of equal variants are called different", noise, n, size, 100*share)
				}
			}
		}
	}
}
