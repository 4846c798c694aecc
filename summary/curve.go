package summary

import (
	"math"
	"slices"
)

// PlateauMargin is how far under the bigram entropy a run must be to have left the
// plateau, in nats per token.
const PlateauMargin = 0.1

// An Axis is what the losses of a curve are plotted over.
type Axis int

const (
	Steps Axis = iota
	TrainedTokens
	FLOPs
	Seconds
)

// Of returns the point's place on the axis.
func (a Axis) Of(p Point) float64 {
	switch a {
	case TrainedTokens:
		return float64(p.Tokens)
	case FLOPs:
		return p.FLOPs
	case Seconds:
		return p.Seconds
	default:
		return float64(p.Step)
	}
}

// known tells whether curves were measured on the axis: imported ones and those of
// another machine may have no seconds.
func (a Axis) known(curves [][]Point) bool {
	return !slices.ContainsFunc(curves, func(c []Point) bool { return len(c) > 0 && !(a.Of(c[len(c)-1]) > 0) })
}

// firstCrossing returns where on the axis the curve first falls to level, or nil
// if it never does. Between evaluations the curve is the straight line.
// A crossing counts only if the next evaluation is not above level + slack; one
// at the last evaluation counts. A curve that starts at or under level crosses
// at its first point. Slack is 0 except for the rule of the package comment.
func firstCrossing(curve []Point, axis Axis, level, slack float64) *float64 {
	for i, p := range curve {
		if !(p.Loss <= level) {
			continue
		}
		if i+1 < len(curve) && !(curve[i+1].Loss <= level+slack) {
			continue
		}
		at := axis.Of(p)
		if i > 0 {
			before, x := curve[i-1].Loss, axis.Of(curve[i-1])
			at = x + (at-x)*(before-level)/(before-p.Loss)
		}
		return &at
	}
	return nil
}

// best returns the lowest loss of the curve and how far the next evaluation
// lies above it (0 where the best is the last). ok is false for an empty curve.
func best(curve []Point) (loss, rebound float64, ok bool) {
	at := 0
	for i, p := range curve {
		if p.Loss < curve[at].Loss {
			at = i
		}
	}
	if len(curve) == 0 {
		return 0, 0, false
	}
	loss = curve[at].Loss
	if at+1 < len(curve) {
		rebound = curve[at+1].Loss - loss
	}
	return loss, rebound, true
}

// plateauStep returns the step at which the curve falls to [PlateauMargin] under
// the bigram entropy, or nil if it never does or the entropy is unknown.
func plateauStep(curve []Point, bigram *float64) *float64 {
	if bigram == nil {
		return nil
	}
	return firstCrossing(curve, Steps, *bigram-PlateauMargin, 0)
}

// MeanCurve averages losses, FLOPs and seconds over curves at the steps that
// all of them have.
func MeanCurve(curves ...[]Point) []Point {
	if len(curves) == 0 {
		return nil
	}
	mean := make([]Point, 0, len(curves[0]))
	next := make([]int, len(curves))
	n := float64(len(curves))
points:
	for _, p := range curves[0] {
		sum := Point{Step: p.Step, Tokens: p.Tokens}
		for i, curve := range curves {
			for next[i] < len(curve) && curve[next[i]].Step < p.Step {
				next[i]++
			}
			if next[i] == len(curve) || curve[next[i]].Step != p.Step {
				continue points
			}
			q := curve[next[i]]
			sum.Loss += q.Loss
			sum.FLOPs += q.FLOPs
			sum.Seconds += q.Seconds
		}
		sum.Loss, sum.FLOPs, sum.Seconds = sum.Loss/n, sum.FLOPs/n, sum.Seconds/n
		mean = append(mean, sum)
	}
	return mean
}

// saved returns 1 - variant/baseline, or nil if that is not defined.
func saved(variant, baseline *float64) *float64 {
	if variant == nil || baseline == nil || !(*baseline > 0) {
		return nil
	}
	fraction := 1 - *variant / *baseline
	if math.IsNaN(fraction) || math.IsInf(fraction, 0) {
		return nil
	}
	return &fraction
}

// since returns at - start, or nil if either is missing or at comes first.
func since(at, start *float64) *float64 {
	if at == nil || start == nil || *at < *start {
		return nil
	}
	rest := *at - *start
	return &rest
}
