package summary

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// A Bound says that a [Ratio] is not known but bounded.
type Bound string

// The bounds: the variant already ends lower at the shortest horizon, or not yet
// at the longest.
const (
	Exact   Bound = ""
	AtMost  Bound = "at most"
	AtLeast Bound = "at least"
)

// A Ratio is h/H: after h steps a variant ends as low as the baseline does after
// H. Every loss is that of a run with its own whole schedule, so no side is
// measured before its learning rate has fallen.
type Ratio struct {
	Value float64 `json:"value"`
	// CI95 is a 95 % interval, nil with fewer than three seeds or where losses do
	// not fall with the horizon. An end that Open marks is the shortest or the
	// longest horizon and stands for everything beyond.
	CI95  *[2]float64 `json:"ci95"`
	Bound Bound       `json:"bound"`
	Open  [2]bool     `json:"open"`
	// Wide says that the horizons around the ratio lie far apart, so that it is
	// too high by more than CI95 allows for: 0.04 where they are 1,500 and 4,000.
	Wide bool `json:"wide,omitempty"`
	// Seeds are those that have all runs; Without those that lack one.
	Seeds   []uint64 `json:"seeds"`
	Without []uint64 `json:"without,omitempty"`
	// Missing are horizons at which no run of the variant finished.
	Missing []int `json:"missing,omitempty"`
	// Tokens, FLOPs and Seconds are the ratios of what the two training runs cost
	// if Value is that of their steps; null if it was not measured.
	Tokens  *float64 `json:"tokens"`
	FLOPs   *float64 `json:"flops"`
	Seconds *float64 `json:"seconds"`
}

// A Horizon is one length of training: the mean final losses of a variant and of
// the baseline after Steps, over the seeds that have both, and the ratio h/Steps.
// The ratio is null where no seed has all runs.
type Horizon struct {
	Steps        int         `json:"steps"`
	Loss         *float64    `json:"loss"`
	BaselineLoss *float64    `json:"baseline_loss"`
	Ratio        *float64    `json:"ratio"`
	CI95         *[2]float64 `json:"ci95"`
	Bound        Bound       `json:"bound"`
	Open         [2]bool     `json:"open"`
}

// Measured returns the ratio with its interval and bound, nil where there is none.
func (h *Horizon) Measured() *Ratio {
	if h.Ratio == nil {
		return nil
	}
	return &Ratio{Value: *h.Ratio, CI95: h.CI95, Bound: h.Bound, Open: h.Open}
}

// farApart is the ratio of two horizons up to which a straight line between them is
// good enough: with half octaves the bias is below 0.01 (decision 27).
const farApart = 1.5

// finals are final losses of a variant less those of the baseline at one horizon.
type finals struct {
	steps   []float64     // the horizons of the variant, ascending
	seeds   [][]float64   // by horizon and seed
	windows [][][]float64 // by horizon, seed and window; nil if unknown
	groups  []int         // of the windows; nil: each is one
}

// ratio returns the ratio of a variant to the baseline's final losses at horizon at
// of a study; ok is false if it has fewer than two horizons, or no seed has all
// runs.
func (study study) ratio(baseline, label string, at int) (r Ratio, ok bool) {
	base := study[at].runs[baseline]
	f := finals{}
	var runs []map[uint64]*Run
	seeds := map[uint64]int{} // the number of their runs
	for _, length := range study {
		if of := length.runs[label]; len(of) > 0 {
			f.steps = append(f.steps, float64(length.steps))
			f.groups = length.groups
			runs = append(runs, of)
			for seed := range of {
				seeds[seed]++
			}
		} else {
			r.Missing = append(r.Missing, length.steps)
		}
	}
	for _, seed := range slices.Sorted(maps.Keys(seeds)) {
		if seeds[seed] == len(runs) && base[seed] != nil {
			r.Seeds = append(r.Seeds, seed)
		} else {
			r.Without = append(r.Without, seed)
		}
	}
	if len(f.steps) < 2 || len(r.Seeds) == 0 {
		return r, false
	}
	windows := windowCount(r.Seeds, append(slices.Clip(runs), base)...)
	if windows != len(f.groups) {
		f.groups = nil
	}
	for _, of := range runs {
		var seeds []float64
		var less [][]float64
		for _, seed := range r.Seeds {
			seeds = append(seeds, *of[seed].FinalLoss-*base[seed].FinalLoss)
			if windows > 0 {
				less = append(less, subtract(of[seed].WindowLosses, base[seed].WindowLosses))
			}
		}
		f.seeds = append(f.seeds, seeds)
		if windows > 0 {
			f.windows = append(f.windows, less)
		}
	}
	r.measure(f, float64(study[at].steps))
	r.cost(runs[len(runs)-1], base)
	return r, true
}

// windowCount is the number of final losses by window that all runs have of the same
// windows, 0 if these differ.
func windowCount(seeds []uint64, groups ...map[uint64]*Run) int {
	first := groups[0][seeds[0]]
	for _, of := range groups {
		for _, seed := range seeds {
			if of[seed].windows() != first.windows() {
				return 0
			}
		}
	}
	return len(first.WindowLosses)
}

// cost fills in what the ratio means in tokens, FLOPs and seconds, from what a step
// of each side costs.
func (r *Ratio) cost(variant, baseline map[uint64]*Run) {
	for _, axis := range []struct {
		to      **float64
		perStep func(*Run) float64
	}{
		{&r.Tokens, func(run *Run) float64 { return float64(run.Tokens) / float64(run.Steps) }},
		{&r.FLOPs, func(run *Run) float64 { return run.lastPoint().FLOPs / float64(run.Steps) }},
		{&r.Seconds, func(run *Run) float64 {
			if run.StepSeconds == nil {
				return 0
			}
			return *run.StepSeconds
		}},
	} {
		own, base := 0.0, 0.0
		for _, seed := range r.Seeds {
			v, b := axis.perStep(variant[seed]), axis.perStep(baseline[seed])
			if !(v > 0) || !(b > 0) { // unknown
				own, base = math.NaN(), math.NaN()
			}
			own, base = own+v, base+b
		}
		if ratio := r.Value * own / base; finite(ratio) {
			*axis.to = &ratio
		}
	}
}

// lastPoint is the last evaluation of a run, zero if there is none.
func (r *Run) lastPoint() Point {
	if len(r.Curve) == 0 {
		return Point{}
	}
	return r.Curve[len(r.Curve)-1]
}

// measure fills in value, bound and interval for the baseline's horizon. Both seeds
// and windows are random: each is resampled on its own, and the squared errors of
// ln(h/H) are combined as in [crossedDifference], that of seeds widened by n/(n-1)
// as for the steps saved. What is left without both is that of the line through the
// crossing, whose slopes are those of crossHorizon.
func (r *Ratio) measure(f finals, horizon float64) {
	bySeed, byWindow, weights := f.means()
	n, m := len(bySeed), len(byWindow)
	mean := sampleMean(bySeed, nil, indices(n))
	low, high := f.steps[0]/horizon, f.steps[len(f.steps)-1]/horizon
	z, segment := crossHorizon(f.steps, mean)
	z -= math.Log(horizon)
	r.Wide = f.steps[segment+1] > farApart*f.steps[segment]
	switch {
	case mean[len(mean)-1] > 0:
		r.Value, r.Bound, r.Wide = high, AtLeast, false
	case slices.Max(mean) <= 0:
		r.Value, r.Bound, r.Wide = low, AtMost, false
	default:
		r.Value = math.Exp(z)
	}
	if n < 3 {
		return
	}
	if r.Bound != Exact {
		r.boundInterval(f, horizon)
		return
	}
	seeds := spread(f.steps, bySeed, nil, 0) * float64(n) / float64(n-1)
	windows, left := 0.0, 0.0
	if m > 1 {
		windows = spread(f.steps, byWindow, weights, 1)
		left = f.left(mean, segment)
	}
	variance, freedom := crossedError(seeds, windows, left, n, m)
	if !finite(freedom) || !finite(z) || variance == 0 {
		return
	}
	half := distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(0.975) * math.Sqrt(variance)
	from, to := math.Exp(z-half), math.Exp(z+half)
	r.Open = [2]bool{from <= low, to >= high}
	r.CI95 = &[2]float64{min(max(from, low), high), min(max(to, low), high)}
}

// boundInterval fills in the interval of a bound. The logarithm of a crossing beyond
// the horizons says little there, so the interval has the horizons at which the 95 %
// interval of the difference of final losses includes 0, up to where a limit of it
// falls to 0 between two horizons. A variant that ends lower, or higher, at the
// longest horizon by the test is so by the interval too.
func (r *Ratio) boundInterval(f finals, horizon float64) {
	var limits []float64
	for i := range f.steps {
		d := pairedDifference(f.seeds[i], PairsOfSeeds)
		if len(f.windows) > 0 {
			d = crossedDifference(f.seeds[i], f.windows[i], f.groups)
		}
		if d.CI95 == nil {
			return
		}
		limit := d.CI95[0] // it is at least so much higher
		if r.Bound == AtMost {
			limit = d.CI95[1]
		}
		limits = append(limits, limit)
	}
	low, high := f.steps[0]/horizon, f.steps[len(f.steps)-1]/horizon
	end := low // where the limit is 0
	switch z, _ := crossHorizon(f.steps, limits); {
	case limits[len(limits)-1] > 0:
		end = high
	case slices.Max(limits) > 0 && finite(z):
		end = min(max(math.Exp(z)/horizon, low), high)
	}
	r.CI95, r.Open = &[2]float64{end, high}, [2]bool{end == low, true}
	if r.Bound == AtMost {
		r.CI95, r.Open = &[2]float64{low, end}, [2]bool{true, end == high}
	}
}

// left is the squared error of the logarithm of the crossing that neither seeds nor
// windows explain. With a and b the differences at the ends of the segment, of width
// w, the crossing is at a/(a-b) w, so its slopes are -b w/(a-b)² and a w/(a-b)².
func (f finals) left(mean []float64, segment int) float64 {
	a, b := mean[segment], mean[segment+1]
	scale := math.Log(f.steps[segment+1]/f.steps[segment]) / ((a - b) * (a - b))
	line := make([][]float64, len(f.windows[segment]))
	for s, of := range f.windows[segment] {
		line[s] = make([]float64, len(of))
		for w := range of {
			line[s][w] = scale * (a*f.windows[segment+1][s][w] - b*of[w])
		}
	}
	return leftError(line, f.groups)
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// means returns the difference of each seed and the mean difference of each group
// of windows, by horizon, and the numbers of windows in the groups.
func (f finals) means() (bySeed, byGroup [][]float64, sizes []float64) {
	for s := range f.seeds[0] {
		of := make([]float64, len(f.steps))
		for h := range of {
			of[h] = f.seeds[h][s]
		}
		bySeed = append(bySeed, of)
	}
	if len(f.windows) == 0 {
		return bySeed, nil, nil
	}
	at := map[int]int{}
	for w := range f.windows[0][0] {
		group := w
		if f.groups != nil {
			group = f.groups[w]
		}
		g, known := at[group]
		if !known {
			g = len(byGroup)
			at[group] = g
			byGroup, sizes = append(byGroup, make([]float64, len(f.steps))), append(sizes, 0)
		}
		sizes[g]++
		for h := range f.steps {
			for s := range bySeed {
				byGroup[g][h] += f.windows[h][s][w] / float64(len(bySeed))
			}
		}
	}
	for g, size := range sizes {
		for h := range byGroup[g] {
			byGroup[g][h] /= size
		}
	}
	return bySeed, byGroup, sizes
}

// sampleMean returns the mean, by horizon, over a sample of seeds or groups of
// windows, which may have weights.
func sampleMean(of [][]float64, weights []float64, sample []int) []float64 {
	mean, sum := make([]float64, len(of[0])), 0.0
	for _, i := range sample {
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		sum += weight
		for h, d := range of[i] {
			mean[h] += weight * d
		}
	}
	for h := range mean {
		mean[h] /= sum
	}
	return mean
}

// spread is the variance of the logarithm of the crossing over bootstrap samples
// of seeds or windows, not a number if too many samples have none. Its random
// numbers are those of a stream.
func spread(steps []float64, of [][]float64, weights []float64, stream uint64) float64 {
	n := len(of)
	var logs []float64
	sample := make([]int, n)
	for i := range replicates {
		draw := rng.New(stream, bootstrap, uint32(i))
		for j := range sample {
			sample[j] = int(draw.Uint64n(uint64(j), uint64(n)))
		}
		if z, _ := crossHorizon(steps, sampleMean(of, weights, sample)); finite(z) {
			logs = append(logs, z)
		}
	}
	if len(logs) < (1-mostMissing)*replicates {
		return math.NaN()
	}
	return stat.Variance(logs, nil)
}

// crossHorizon returns the logarithm of the steps at which a difference of final
// losses falls to 0, and the segment, linear in the logarithm of the steps between
// horizons. A difference that falls several times counts from the last. Beyond the
// horizons the nearest two are extended, which only samples use.
func crossHorizon(steps, difference []float64) (z float64, segment int) {
	last := len(steps) - 2
	for i := range last + 1 {
		if difference[i] > 0 {
			segment = i
		}
	}
	if difference[last+1] > 0 {
		segment = last
	}
	if !(difference[segment] > difference[segment+1]) {
		return math.NaN(), segment // it does not fall there
	}
	from, to := math.Log(steps[segment]), math.Log(steps[segment+1])
	return from + difference[segment]/(difference[segment]-difference[segment+1])*(to-from), segment
}
