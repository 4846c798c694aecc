package summary

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// GainByPosition is how much lower a variant's loss is at each position of the final
// windows than that of the baseline, or of a control: the mean over seeds, in nats.
// At position p the model has seen p tokens. A gain over a control of one scale that
// grows with the position is the direct evidence for scales: what a variant knows beyond
// its nearest tokens.
type GainByPosition struct {
	Positions []int     `json:"positions"` // 1, 2, 3 ...
	Gain      []float64 `json:"gain"`
	// Slope is that of the gain over ln(position), by least squares with all positions
	// alike, the mean over seeds; in nats. CI95 is Student's 95 % interval over seeds,
	// null with one.
	Slope *float64    `json:"slope"`
	CI95  *[2]float64 `json:"ci95"`
}

// gainByPosition compares two groups over the seeds whose losses by position are
// known on both sides; nil if there are none.
func gainByPosition(baseline, variant group, seeds []uint64) *GainByPosition {
	var all [][]float64
	for _, seed := range seeds {
		b, v := baseline.runs[seed].PositionLosses, variant.runs[seed].PositionLosses
		if len(b) == len(v) && len(b) > 1 && (len(all) == 0 || len(all[0]) == len(b)) {
			all = append(all, subtract(b, v))
		}
	}
	if len(all) == 0 {
		return nil
	}
	out := &GainByPosition{Gain: meanOf(all)}
	var x []float64
	for i := range out.Gain {
		out.Positions = append(out.Positions, i+1)
		x = append(x, math.Log(float64(i+1)))
	}
	var slopes []float64
	for _, gain := range all {
		_, slope := stat.LinearRegression(x, gain, nil, false)
		slopes = append(slopes, slope)
	}
	mean := stat.Mean(slopes, nil)
	out.Slope = &mean
	if variance, n := errorOfMean(slopes, nil); n > 1 {
		half := HalfWidth(math.Sqrt(variance), n)
		out.CI95 = &[2]float64{mean - half, mean + half}
	}
	return out
}

// PerDoubling prints the slope as nats with each doubling of the position, with its
// interval: "+0.008 (+0.005 to +0.011)". It is empty without a slope.
func (g *GainByPosition) PerDoubling() string {
	if g == nil || g.Slope == nil {
		return ""
	}
	text := signed(*g.Slope*math.Ln2, 4)
	if g.CI95 != nil {
		text += " (" + signed(g.CI95[0]*math.Ln2, 4) + " to " + signed(g.CI95[1]*math.Ln2, 4) + ")"
	}
	return text
}

// position says whether the gain grows with what the model has seen: against the
// baseline, and against the shift, which has one scale.
func (e *explanation) position() {
	against := []struct {
		name string
		gain *GainByPosition
	}{{"the baseline " + e.s.Baseline, e.c.GainByPosition}}
	for i := range e.c.Controls {
		if k := &e.c.Controls[i]; k.Variant == shift {
			against = append(against, struct {
				name string
				gain *GainByPosition
			}{"the control " + shift, k.GainByPosition})
		}
	}
	for _, of := range against {
		text := of.gain.PerDoubling()
		if text == "" {
			continue
		}
		how := "changes"
		if ends := of.gain.CI95; ends != nil {
			switch {
			case ends[0] > 0:
				how = "grows"
			case ends[1] < 0:
				how = "shrinks"
			default:
				how = "is not seen to change"
			}
		}
		e.own("Its gain over %s %s with the position in the window: %s nats with each doubling.", of.name, how, text)
	}
}
