package summary

import (
	"cmp"
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
// token, with Student's paired t test of the hypothesis that it is 0.
type Difference struct {
	Gain          *float64    `json:"loss_gain"`
	StandardError *float64    `json:"loss_gain_se"`
	CI95          *[2]float64 `json:"loss_gain_ci95"`
	PValue        *float64    `json:"p_value"` // two-sided
	// PairsOf is PairsOfWindows, PairsOfSeeds or empty if nothing was paired.
	PairsOf string `json:"pairs_of"`
	Pairs   int    `json:"pairs"`
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
	n := float64(len(d))
	mean, deviation := stat.MeanStdDev(d, nil)
	out := Difference{Gain: &mean, PairsOf: of, Pairs: len(d)}
	if len(d) < 2 {
		return out
	}
	se := deviation / math.Sqrt(n)
	half := HalfWidth(se, len(d))
	out.StandardError = &se
	out.CI95 = &[2]float64{mean - half, mean + half}
	p := 1.0
	switch {
	case se > 0:
		p = min(1, 2*student(len(d)).Survival(math.Abs(mean)/se))
	case mean != 0:
		p = 0
	}
	out.PValue = &p
	return out
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
