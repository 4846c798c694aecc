package summary

import (
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Labels lists the variants, the baseline first.
func (s *Summary) Labels() []string {
	labels := []string{s.Baseline}
	for i := range s.Runs {
		if label := s.Runs[i].Label(); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// RunsOf lists the runs of a variant.
func (s *Summary) RunsOf(label string) (runs []*Run) {
	for i := range s.Runs {
		if s.Runs[i].Label() == label {
			runs = append(runs, &s.Runs[i])
		}
	}
	return runs
}

// AllRuns lists the runs of all horizons, the sweep, the confirmations and the
// matches.
func (s *Summary) AllRuns() []Run {
	all := slices.Concat(s.Runs, s.Shorter)
	if s.Sweep != nil {
		for i := range s.Sweep.Trials {
			all = append(all, s.Sweep.Trials[i].Run)
		}
	}
	for i := range s.Confirmations {
		all = append(all, s.Confirmations[i].Runs...)
	}
	for i := range s.Matches {
		for j := range s.Matches[i].Sizes {
			all = append(all, s.Matches[i].Sizes[j].Runs...)
		}
	}
	return all
}

// Has tells whether the comparison has a run, of the same configuration.
func (s *Summary) Has(r *Run) bool {
	return slices.ContainsFunc(s.Runs, func(own Run) bool { return own.ConfigHash == r.ConfigHash && own.Label() == r.Label() })
}

// Parameters counts those of a variant's model, 0 if it has no run.
func (s *Summary) Parameters(label string) int64 {
	if runs := s.RunsOf(label); len(runs) > 0 {
		return runs[0].Parameters
	}
	return 0
}

// LongestRun is the largest number of steps of a run.
func (s *Summary) LongestRun() (steps int) {
	for i := range s.Runs {
		steps = max(steps, s.Runs[i].Steps)
	}
	return steps
}

// MeanFinalLoss averages the final loss of a variant over its finished runs; ok is
// false if there are none.
func (s *Summary) MeanFinalLoss(label string) (mean float64, ok bool) {
	return s.mean(label, func(r *Run) *float64 { return r.FinalLoss })
}

// mean averages a number over the finished runs of a variant.
func (s *Summary) mean(label string, number func(*Run) *float64) (mean float64, ok bool) {
	var values []float64
	for _, r := range s.RunsOf(label) {
		if value := number(r); r.Status == Finished && value != nil {
			values = append(values, *value)
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	return stat.Mean(values, nil), true
}

// FinishedCurves lists the curves of a variant's finished runs.
func (s *Summary) FinishedCurves(label string) (curves [][]Point) {
	for _, r := range s.RunsOf(label) {
		if r.Status == Finished {
			curves = append(curves, r.Curve)
		}
	}
	return curves
}

// firstFinished is the first finished run of a variant, nil if there is none.
func (s *Summary) firstFinished(label string) *Run {
	for _, r := range s.RunsOf(label) {
		if r.Status == Finished {
			return r
		}
	}
	return nil
}
