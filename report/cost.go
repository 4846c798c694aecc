package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// costRows has a row for each variant: the cost of a step and of the whole run.
func costRows(s *summary.Summary, all []series) [][]string {
	rows := [][]string{{"Variant", "Parameters", "A step, ms", "to the baseline's", "FLOPs a step", "FLOPs to the baseline's", "Tokens a second", "All steps", "Memory"}}
	var baseMS, baseFLOPs float64
	for i, v := range all {
		ms, flops := stepCost(v)
		if i == 0 {
			baseMS, baseFLOPs = ms, flops
		}
		r := v.runs[0]
		row := []string{v.label, count(float64(r.Parameters)), positive("%.1f", ms), missing, positive("%.3g", flops), missing, missing, missing, missing}
		if ms > 0 && baseMS > 0 {
			row[3] = fmt.Sprintf("%.3f×", ms/baseMS)
		}
		if flops > 0 && baseFLOPs > 0 {
			row[5] = fmt.Sprintf("%.3f×", flops/baseFLOPs)
		}
		if ms > 0 && r.Steps > 0 {
			row[6] = count(float64(r.Tokens) / float64(r.Steps) / ms * 1000)
			row[7] = typeset.Seconds(ms / 1000 * float64(r.Steps))
		}
		if r.Memory > 0 {
			row[8] = fmt.Sprintf("%.1f MB", float64(r.Memory)/1e6)
		}
		rows = append(rows, row)
	}
	return rows
}

// stepCost returns the median time of a step over seeds, in milliseconds, and its
// FLOPs.
func stepCost(v series) (ms, flops float64) {
	var times []float64
	for _, r := range v.runs {
		if r.StepSeconds != nil {
			times = append(times, 1000**r.StepSeconds)
		}
		if n := len(r.Curve); n > 0 && r.Curve[n-1].Step > 0 {
			flops = r.Curve[n-1].FLOPs / float64(r.Curve[n-1].Step)
		}
	}
	if len(times) > 0 {
		slices.Sort(times)
		ms = times[len(times)/2]
	}
	return ms, flops
}

func positive(format string, x float64) string {
	if !(x > 0) || math.IsInf(x, 0) {
		return missing
	}
	return fmt.Sprintf(format, x)
}

func count(x float64) string {
	if !(x > 0) {
		return missing
	}
	return typeset.Count(x)
}
