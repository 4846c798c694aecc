package summary

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Bound says that a [HorizonRatio] is not known but bounded.
type Bound string

// The bounds: the variant already ends lower at the shortest horizon, or not yet
// at the longest.
const (
	Exact   Bound = ""
	AtMost  Bound = "at most"
	AtLeast Bound = "at least"
)

// A HorizonRatio is h/H: after h steps a variant ends as low as the baseline does
// after H, its longest horizon. Every loss is that of a run with its own whole
// schedule, so no side is measured before its learning rate has fallen.
type HorizonRatio struct {
	Variant string
	Horizon int      // H
	Steps   []int    // the horizons of the variant, ascending
	Seeds   []uint64 // that have all runs
	// Without are seeds that have runs at some horizons and not at all of them.
	Without []uint64
	Value   float64
	Bound   Bound
	// Wide says that the horizons around the ratio lie far apart, so that it is
	// too high by more than CI95 allows for: 0.04 where they are 1,500 and 4,000.
	Wide bool
	// CI95 is a 95 % interval, nil with fewer than three seeds or where losses do
	// not fall with the horizon. An end that Open marks is the shortest or the
	// longest horizon and stands for everything beyond.
	CI95 *[2]float64
	Open [2]bool
}

// farApart is the ratio of two horizons up to which a straight line between them is
// good enough: with half octaves the bias is below 0.01 (decision 27).
const farApart = 1.5

// HorizonRatios returns the ratios of the variants that have runs at several
// horizons in summaries of one data set and configuration but for the length of
// training. The package comment defines them.
func HorizonRatios(summaries []*Summary) []HorizonRatio {
	var ratios []HorizonRatio
	for _, study := range Horizons(summaries) {
		longest := study[len(study)-1]
		for i := range longest.Comparisons {
			if label := longest.Comparisons[i].Label(); label != longest.Baseline {
				if r, ok := horizonRatio(study, label); ok {
					ratios = append(ratios, r)
				}
			}
		}
	}
	return ratios
}

// Horizons groups summaries that differ in the length of training only, each
// group from short to long, without those that have one length. Of two summaries
// of one length only the first counts; [Merge] joins them before.
func Horizons(summaries []*Summary) (studies [][]*Summary) {
	at := map[string]int{}
	for _, s := range summaries {
		c, err := s.configuration()
		if err != nil || s.Data.Hash == "" {
			continue
		}
		// What differs between horizons, and what changes no final loss.
		c.Train.Seed, c.Train.Steps, c.Train.Warmup, c.Train.EvalEvery, c.Model.Mixer = 0, 0, 0, 0, ""
		key := fmt.Sprint(s.Data.Hash, s.Windows, s.Baseline, c.Hash(""))
		i, known := at[key]
		if !known {
			i = len(studies)
			at[key] = i
			studies = append(studies, nil)
		}
		studies[i] = append(studies[i], s)
	}
	for i, study := range studies {
		slices.SortStableFunc(study, func(a, b *Summary) int { return a.LongestRun() - b.LongestRun() })
		studies[i] = slices.CompactFunc(study, func(a, b *Summary) bool { return a.LongestRun() == b.LongestRun() })
	}
	return slices.DeleteFunc(studies, func(study []*Summary) bool { return len(study) < 2 })
}

// finals are final losses less those of the baseline at its longest horizon, by
// horizon, seed and window. Without losses of windows there is one for each seed.
type finals struct {
	steps []float64 // ascending
	less  [][][]float64
}

func horizonRatio(study []*Summary, label string) (HorizonRatio, bool) {
	longest := study[len(study)-1]
	r := HorizonRatio{Variant: label, Horizon: longest.LongestRun()}
	baseline := longest.finished(longest.Baseline)
	var runs []map[uint64]*Run
	seeds := map[uint64]int{} // the number of their runs
	for _, s := range study {
		if of := s.finished(label); len(of) > 0 {
			r.Steps = append(r.Steps, s.LongestRun())
			runs = append(runs, of)
			for seed := range of {
				seeds[seed]++
			}
		}
	}
	for _, seed := range slices.Sorted(maps.Keys(seeds)) {
		if seeds[seed] == len(runs) && baseline[seed] != nil {
			r.Seeds = append(r.Seeds, seed)
		} else {
			r.Without = append(r.Without, seed)
		}
	}
	if len(r.Steps) < 2 || len(r.Seeds) == 0 {
		return r, false
	}
	windows := len(baseline[r.Seeds[0]].WindowLosses)
	for _, of := range append(runs, baseline) {
		for _, seed := range r.Seeds {
			if len(of[seed].WindowLosses) != windows {
				windows = 0
			}
		}
	}
	f := finals{}
	for i, of := range runs {
		f.steps = append(f.steps, float64(r.Steps[i]))
		var less [][]float64
		for _, seed := range r.Seeds {
			d := []float64{*of[seed].FinalLoss - *baseline[seed].FinalLoss}
			if windows > 0 {
				d = slices.Clone(of[seed].WindowLosses)
				for w := range d {
					d[w] -= baseline[seed].WindowLosses[w]
				}
			}
			less = append(less, d)
		}
		f.less = append(f.less, less)
	}
	r.measure(f)
	return r, true
}

// finished returns the finished runs of a variant by seed. Imported curves, whose
// schedule is unknown, and runs of another length do not count.
func (s *Summary) finished(label string) map[uint64]*Run {
	of, steps := map[uint64]*Run{}, s.LongestRun()
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Label() == label && r.Status == Finished && r.FinalLoss != nil && r.Source == "" && r.Steps == steps {
			of[r.Seed] = r
		}
	}
	return of
}

// measure fills in value, bound and interval. Both seeds and windows are random:
// each is resampled on its own, the squared errors of ln(h/H) are added, that of
// seeds widened by n/(n-1) as for the steps saved, and the quantile is Student's
// with the degrees of freedom of Satterthwaite ("An approximate distribution of
// estimates of variance components", Biometrics Bulletin 2, 1946).
func (r *HorizonRatio) measure(f finals) {
	bySeed, byWindow := f.means()
	n, m := len(bySeed), len(byWindow)
	mean := sampleMean(bySeed, indices(n))
	low, high := f.steps[0]/float64(r.Horizon), f.steps[len(f.steps)-1]/float64(r.Horizon)
	z, segment := crossHorizon(f.steps, mean)
	z -= math.Log(float64(r.Horizon))
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
	seeds := spread(f.steps, bySeed, 0) * float64(n) / float64(n-1)
	windows := 0.0
	if m > 1 {
		windows = spread(f.steps, byWindow, 1)
	}
	freedom := (seeds + windows) * (seeds + windows) / (seeds*seeds/float64(n-1) + windows*windows/float64(max(m-1, 1)))
	if !finite(freedom) || !finite(z) {
		return
	}
	half := distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(0.975) * math.Sqrt(seeds+windows)
	from, to := math.Exp(z-half), math.Exp(z+half)
	r.Open = [2]bool{from <= low, to >= high}
	r.CI95 = &[2]float64{min(max(from, low), high), min(max(to, low), high)}
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// means returns the mean difference of each seed and of each window, by horizon.
func (f finals) means() (bySeed, byWindow [][]float64) {
	for s := range f.less[0] {
		of := make([]float64, len(f.steps))
		for h := range of {
			of[h] = stat.Mean(f.less[h][s], nil)
		}
		bySeed = append(bySeed, of)
	}
	for w := range f.less[0][0] {
		of := make([]float64, len(f.steps))
		for h := range of {
			for s := range bySeed {
				of[h] += f.less[h][s][w] / float64(len(bySeed))
			}
		}
		byWindow = append(byWindow, of)
	}
	return bySeed, byWindow
}

// sampleMean returns the mean, by horizon, over a sample of seeds or windows.
func sampleMean(of [][]float64, sample []int) []float64 {
	mean := make([]float64, len(of[0]))
	for _, i := range sample {
		for h, d := range of[i] {
			mean[h] += d / float64(len(sample))
		}
	}
	return mean
}

// spread is the variance of the logarithm of the crossing over bootstrap samples
// of seeds or windows, not a number if too many samples have none. Its random
// numbers are those of a stream.
func spread(steps []float64, of [][]float64, stream uint64) float64 {
	n := len(of)
	var logs []float64
	sample := make([]int, n)
	for i := range replicates {
		draw := rng.New(stream, bootstrap, uint32(i))
		for j := range sample {
			sample[j] = int(draw.Uint64n(uint64(j), uint64(n)))
		}
		if z, _ := crossHorizon(steps, sampleMean(of, sample)); finite(z) {
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

// String is the ratio in words: "0.62 (0.55 to 0.70)", "0.97 (0.72 or more)", "at
// most 0.38 (up to 0.43)".
func (r HorizonRatio) String() string {
	text := strings.TrimSpace(fmt.Sprintf("%s %.2f", r.Bound, r.Value))
	if r.CI95 == nil {
		return text
	}
	low, high := fmt.Sprintf("%.2f", r.CI95[0]), fmt.Sprintf("%.2f", r.CI95[1])
	value := fmt.Sprintf("%.2f", r.Value)
	interval := low + " to " + high
	switch {
	case r.Open[0] && r.Open[1]:
		interval = "any"
	case r.Open[0] && (r.Bound == Exact || high != value):
		interval = "up to " + high
	case r.Open[1] && (r.Bound == Exact || low != value):
		interval = low + " or more"
	case r.Open[0] || r.Open[1]:
		return text // the bound says all
	}
	return text + " (" + interval + ")"
}

// TooWide explains [HorizonRatio].Wide.
const TooWide = "Horizons far apart make shares between them a few hundredths too high, more\nthan their intervals say. Half octaves do not: --horizons 1000,1414,2000,2828."

// WriteHorizons prints the ratios for a terminal, at most 80 columns wide, or
// nothing if there are none.
func WriteHorizons(w io.Writer, ratios []HorizonRatio) error {
	if len(ratios) == 0 {
		return nil
	}
	text := "\nsteps to end as low as the baseline does at its longest horizon, as a share of\nits steps; every loss is that of a whole schedule\n\n"
	text += fmt.Sprintf("  %-19s %-29s %5s  %s\n", "variant", "share (95 %)", "seeds", "horizons")
	for _, r := range ratios {
		var steps []string
		for _, h := range r.Steps {
			steps = append(steps, typeset.Count(float64(h)))
		}
		text += fmt.Sprintf("  %-19s %-29s %5d  %s\n", typeset.Shorten(r.Variant, 19), r, len(r.Seeds), typeset.Shorten(strings.Join(steps, ", "), 21))
	}
	for _, r := range ratios {
		if len(r.Without) > 0 {
			text += fmt.Sprintf("  %s: without seeds %s, which lack a run\n", typeset.Shorten(r.Variant, 30), strings.Trim(fmt.Sprint(r.Without), "[]"))
		}
	}
	if slices.ContainsFunc(ratios, func(r HorizonRatio) bool { return r.Wide }) {
		text += "\n" + TooWide + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
