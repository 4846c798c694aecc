package summary

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

const (
	// replicates is the number of bootstrap samples: enough for the ends of a
	// 95 % interval (Efron and Tibshirani, "An Introduction to the Bootstrap",
	// 1993, section 14.3, ask for 1,000).
	replicates = 1000
	// bootstrap keeps the numbers of resampling apart from those of runs.
	bootstrap rng.Purpose = 16
	// mostMissing is the share of bootstrap samples without a crossing up to
	// which there still is an interval: one of its tails.
	mostMissing = 0.025
)

// An Interval is a 95 % interval of the fraction of steps that is saved.
type Interval struct {
	// Of is what was resampled: PairsOfSeeds or PairsOfWindows.
	Of string `json:"of"`
	// Reached is the share of bootstrap samples in which the variant reaches
	// the baseline's best loss. Below 0.975 there is no CI95.
	Reached float64     `json:"reached"`
	CI95    *[2]float64 `json:"ci95"`
}

// savedInterval resamples n things with replacement, seeds or windows; crossing
// returns s_v/s_b of a sample, nil if the variant does not reach L*.
//
// With z the logarithm of s_v/s_b, the standard error of z is the standard
// deviation of z over bootstrap samples (Efron, "Bootstrap methods: another look
// at the jackknife", Annals of Statistics 7, 1979), times sqrt(n/(n-1)), because
// a sample of n values has that much less spread than what they come from. The
// interval is
//
//	1 - exp(z ± t(0.975, n-1) se)
//
// with z of all n. Percentiles would be too narrow for the three to five seeds
// of a comparison: no resample leaves the range of what was measured (Hesterberg,
// "What teachers should know about the bootstrap", The American Statistician 69,
// 2015, section 3.2).
func savedInterval(of string, n int, crossing func(sample []int) *float64) *Interval {
	whole := crossing(indices(n))
	var logs []float64
	sample := make([]int, n)
	for r := range replicates {
		draw := rng.New(0, bootstrap, uint32(r))
		for i := range sample {
			sample[i] = int(draw.Uint64n(uint64(i), uint64(n)))
		}
		if ratio := crossing(sample); ratio != nil {
			logs = append(logs, math.Log(*ratio))
		}
	}
	out := &Interval{Of: of, Reached: float64(len(logs)) / replicates}
	if whole == nil || 1-out.Reached > mostMissing {
		return out
	}
	k := float64(n)
	half := HalfWidth(stat.StdDev(logs, nil)*math.Sqrt(k/(k-1)), n)
	z := math.Log(*whole)
	if low, high := 1-math.Exp(z+half), 1-math.Exp(z-half); finite(low) && finite(high) {
		out.CI95 = &[2]float64{low, high}
	}
	return out
}

// stepsSavedInterval resamples seeds if there are at least three, and validation
// windows if there is one. Two seeds do not show their spread.
func stepsSavedInterval(baseline, variant group, seeds []uint64) *Interval {
	if len(seeds) >= 3 {
		return savedInterval(PairsOfSeeds, len(seeds), func(sample []int) *float64 {
			var b, v [][]Point
			for _, i := range sample {
				b = append(b, baseline.runs[seeds[i]].Curve)
				v = append(v, variant.runs[seeds[i]].Curve)
			}
			return stepRatio(MeanCurve(b...), MeanCurve(v...))
		})
	}
	if len(seeds) != 1 {
		return nil
	}
	b, v := baseline.runs[seeds[0]], variant.runs[seeds[0]]
	n := windowsOf(b)
	if n < 2 || windowsOf(v) != n {
		return nil
	}
	return savedInterval(PairsOfWindows, n, func(sample []int) *float64 {
		return stepRatio(resampled(b, sample), resampled(v, sample))
	})
}

// stepRatio is s_v/s_b of two curves.
func stepRatio(b, v []Point) *float64 {
	level, slack, ok := best(b)
	if !ok {
		return nil
	}
	sb, sv := firstCrossing(b, Steps, level, slack), firstCrossing(v, Steps, level, slack)
	if sb == nil || sv == nil || !(*sb > 0) || !(*sv > 0) {
		return nil
	}
	ratio := *sv / *sb
	return &ratio
}

// windowsOf is the number of windows of every evaluation of a result, 0 if it is
// unknown.
func windowsOf(r Result) int {
	if len(r.Evaluations) == 0 || len(r.Evaluations) != len(r.Curve) {
		return 0
	}
	n := len(r.Evaluations[0])
	if slices.ContainsFunc(r.Evaluations, func(losses []float32) bool { return len(losses) != n }) {
		return 0
	}
	return n
}

// resampled is the curve of a result over a sample of its windows.
func resampled(r Result, sample []int) []Point {
	curve := slices.Clone(r.Curve)
	for i := range curve {
		sum := 0.0
		for _, window := range sample {
			sum += float64(r.Evaluations[i][window])
		}
		curve[i].Loss = sum / float64(len(sample))
	}
	return curve
}
