package summary

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// significance is the level below which a p-value makes a verdict.
const significance = 0.05

// What a pair is in a [Difference].
const (
	PairsOfWindows = "windows"
	PairsOfSeeds   = "seeds"
)

// A Difference is the mean of paired differences of final losses in nats per
// token, with Student's test of the hypothesis that it is 0.
type Difference struct {
	Gain          *float64    `json:"loss_gain"`
	StandardError *float64    `json:"loss_gain_se"`
	CI95          *[2]float64 `json:"loss_gain_ci95"`
	PValue        *float64    `json:"p_value"` // two-sided
	// PairsOf is PairsOfWindows, PairsOfSeeds or empty if nothing was paired.
	PairsOf string `json:"pairs_of"`
	Pairs   int    `json:"pairs"`
	// Groups are the windows whose error the standard error has too: for pairs of
	// seeds those of the validation split, 0 if their losses are unknown. Windows
	// of one document count as one where windows keep to documents, and so does a
	// stretch of more than 50 others.
	Groups int `json:"groups,omitempty"`
}

// pairedDifference tests d, the differences of n pairs: with mean m and
// standard deviation s (n-1 in its denominator),
//
//	standard error  se = s / sqrt(n)
//	interval        m ± t(0.975, n-1) se
//	p               2 P(T > |m|/se),  T of Student's t with n-1 degrees
//
// (Student, "The probable error of a mean", Biometrika 6, 1908). One pair has a
// mean and nothing else. If all differences are equal, se is 0 and p is 1 for
// m = 0, else 0.
func pairedDifference(d []float64, of string) Difference {
	if len(d) == 0 {
		return Difference{}
	}
	mean := stat.Mean(d, nil)
	out := Difference{Gain: &mean, PairsOf: of, Pairs: len(d)}
	if variance, n := errorOfMean(d, nil); n > 1 {
		out.test(variance, float64(n-1))
	}
	return out
}

// windowDifference tests the difference of the final losses of one seed, where d has it
// by window. Final losses are weighted by the tokens of the windows, which d does not
// know: where windows have several lengths, the error is that of the unweighted mean.
// Windows of one group, which have the same number in groups, are not independent:
// there is no test if all are of one.
func windowDifference(gain float64, d []float64, groups []int) Difference {
	out := Difference{Gain: &gain, PairsOf: PairsOfWindows, Pairs: len(d)}
	variance, n := errorOfMean(d, groups)
	if n < len(d) {
		out.Groups = n
	}
	if n > 1 {
		out.test(variance, float64(n-1))
	}
	return out
}

// crossedDifference tests the mean of the differences of final losses of at least
// two seeds, where d has them by seed and window. Seeds and windows are both
// random, each crossed with all of the other. With the squared standard errors
// v_s of the mean over seeds, v_w of that over windows and v_r of that of what is
// left without both, the variance is
//
//	v = max(v_s + v_w - v_r, v_s, v_w)
//
// and Student's t has v² / (v_s²/(S-1) + v_w²/(W-1)) degrees of freedom
// (Satterthwaite, "An approximate distribution of estimates of variance
// components", Biometrics Bulletin 2, 1946), but one with two seeds: where these
// agree by luck, that formula would take the degrees of freedom of the windows.
func crossedDifference(seeds []float64, d [][]float64, groups []int) Difference {
	out := pairedDifference(seeds, PairsOfSeeds)
	s, n := errorOfMean(seeds, nil)
	w, m := errorOfMean(meanOf(d), groups)
	if m < 2 {
		return out
	}
	variance, freedom := crossedError(s, w, leftError(d, groups), n, m)
	out.Groups = m
	out.test(variance, freedom)
	return out
}

// crossedError combines the squared standard errors of n seeds, of m windows and of
// what is left without both, and returns the degrees of freedom.
func crossedError(seeds, windows, left float64, n, m int) (variance, freedom float64) {
	variance = max(seeds+windows-left, seeds, windows)
	if variance == 0 || n == 2 {
		return variance, 1
	}
	return variance, variance * variance / (seeds*seeds/float64(n-1) + windows*windows/float64(max(m-1, 1)))
}

// meanOf is the mean over seeds of what d has by seed and window.
func meanOf(d [][]float64) []float64 {
	mean := make([]float64, len(d[0]))
	for _, of := range d {
		for w, x := range of {
			mean[w] += x / float64(len(d))
		}
	}
	return mean
}

// leftError is the squared standard error of the mean of d, by seed and window, that
// is left when what seeds and windows explain is taken away.
func leftError(d [][]float64, groups []int) (left float64) {
	windows := meanOf(d)
	mean := stat.Mean(windows, nil)
	for _, of := range d {
		rest, own := make([]float64, len(of)), stat.Mean(of, nil)
		for i := range of {
			rest[i] = of[i] - windows[i] - own + mean
		}
		v, _ := errorOfMean(rest, groups)
		left += v / float64(len(d)*(len(d)-1))
	}
	return left
}

// errorOfMean returns the squared standard error of the mean of x, and the number
// G of groups of values that are independent of each other: with n values and the
// sums e of the deviations from the mean in each group, it is
//
//	G/(G-1) sum e² / n²
//
// (Liang and Zeger, "Longitudinal data analysis using generalized linear models",
// Biometrika 73, 1986). Without groups each value is one, and this is s²/n.
func errorOfMean(x []float64, groups []int) (variance float64, number int) {
	mean := stat.Mean(x, nil)
	sums := map[int]float64{}
	for i, v := range x {
		group := i
		if groups != nil {
			group = groups[i]
		}
		sums[group] += v - mean
	}
	// In order, so that the sum has the same bits in every run.
	for _, group := range slices.Sorted(maps.Keys(sums)) {
		variance += sums[group] * sums[group]
	}
	n, g := float64(len(x)), float64(len(sums))
	if g < 2 {
		return 0, len(sums)
	}
	return g / (g - 1) * variance / (n * n), len(sums)
}

// test fills in what follows from a variance of the mean and its degrees of
// freedom.
func (d *Difference) test(variance, freedom float64) {
	t := distuv.StudentsT{Sigma: 1, Nu: freedom}
	mean, se := *d.Gain, math.Sqrt(variance)
	half := t.Quantile(0.975) * se
	d.StandardError = &se
	d.CI95 = &[2]float64{mean - half, mean + half}
	p := 1.0
	switch {
	case se > 0:
		p = min(1, 2*t.Survival(math.Abs(mean)/se))
	case mean != 0:
		p = 0
	}
	d.PValue = &p
}

// HalfWidth is half the width of Student's 95 % interval of a mean of n values
// with a standard error: t(0.975, n-1) se.
func HalfWidth(se float64, n int) float64 { return student(n).Quantile(0.975) * se }

// student is Student's distribution for n values.
func student(n int) distuv.StudentsT { return distuv.StudentsT{Sigma: 1, Nu: float64(n) - 1} }

// holm corrects p-values for their number m: with p(1) <= ... <= p(m), the
// corrected p(i) is max over j <= i of min(1, (m-j+1) p(j)) (Holm, "A simple
// sequentially rejective multiple test procedure", Scandinavian Journal of
// Statistics 6, 1979). nil stays nil and does not count.
func holm(p []*float64) []*float64 {
	var order []int
	for i := range p {
		if p[i] != nil {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(*p[a], *p[b]) })
	corrected := make([]*float64, len(p))
	running := 0.0
	for rank, i := range order {
		running = max(running, min(1, float64(len(order)-rank)**p[i]))
		value := running
		corrected[i] = &value
	}
	return corrected
}
