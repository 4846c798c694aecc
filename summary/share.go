package summary

import (
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// intervalForms are the words for the interval of a ratio: with both ends, without
// the lower or the upper one, and without any.
type intervalForms struct{ both, upTo, orMore, any string }

var inWords = intervalForms{"%s to %s", "up to %s", "%s or more", "any"}

// interval is the 95 % interval, empty if there is none or the bound says all. An end
// that is open is that of the horizons and is not printed.
func (r *Ratio) interval(form intervalForms, number func(float64) string) string {
	if r.CI95 == nil {
		return ""
	}
	low, high, value := number(r.CI95[0]), number(r.CI95[1]), number(r.Value)
	switch {
	case r.Open[0] && r.Open[1]:
		return form.any
	case r.Open[0] && (r.Bound == Exact || high != value):
		return fmt.Sprintf(form.upTo, high)
	case r.Open[1] && (r.Bound == Exact || low != value):
		return fmt.Sprintf(form.orMore, low)
	case r.Open[0] || r.Open[1]:
		return ""
	}
	return fmt.Sprintf(form.both, low, high)
}

// bounded puts the bound before a number.
func (r *Ratio) bounded(number string) string {
	return strings.TrimSpace(string(r.Bound) + " " + number)
}

// String is the ratio in words: "0.62 (0.55 to 0.70)", "0.97 (0.72 or more)", "at
// most 0.38 (up to 0.43)".
func (r Ratio) String() string {
	number := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	return WithInterval(r.bounded(number(r.Value)), r.interval(inWords, number))
}

// Share is the ratio in percent with its interval: "62 %" and "55 % to 70 %", "at
// most 38 %" and "up to 43 %". The interval may be empty.
func (r *Ratio) Share() (share, interval string) {
	return r.bounded(typeset.Percent(r.Value)), r.interval(inWords, typeset.Percent)
}

// shareOf is what the ratio means in tokens, FLOPs or seconds, with its bound; empty
// if it is not known.
func (r *Ratio) shareOf(axis *float64) string {
	if axis == nil {
		return ""
	}
	return r.bounded(typeset.Percent(*axis))
}

var signs = map[Bound]string{AtMost: "≤", AtLeast: "≥"}

// cell is the share for a narrow column: "62 % [55, 70]", "≤38 % [≤43]".
func (r *Ratio) cell() string {
	digits := func(x float64) string { return strings.TrimSuffix(typeset.Percent(x), " %") }
	text := signs[r.Bound] + typeset.Percent(r.Value)
	if interval := r.interval(intervalForms{"%s, %s", "≤%s", "≥%s", "any"}, digits); interval != "" {
		text += " [" + interval + "]"
	}
	return text
}

// secondsCell is the share of the seconds for a narrow column.
func (r *Ratio) secondsCell() string {
	if r.Seconds == nil {
		return ""
	}
	return signs[r.Bound] + typeset.Percent(*r.Seconds)
}

// share says in how many of the baseline's steps, tokens, FLOPs and seconds the
// variant ends as low. Tokens are named only where a step has another number of them.
func (e *explanation) share() string {
	r, after := e.c.HorizonRatio, typeset.Counted(e.c.longest(), "step")
	share, interval := r.Share()
	in95 := ""
	if interval != "" {
		in95 = " (95 % interval " + interval + ")"
		if interval == inWords.any {
			in95 = " (its 95 % interval is wider than the horizons)"
		}
	}
	parts := []string{fmt.Sprintf("%s of the steps%s", share, in95)}
	ends := fmt.Sprintf("it ends as low as the baseline does after %s in ", after)
	if r.Bound == AtLeast {
		return ends + parts[0] + ": its mean loss does not reach that within the longest horizon"
	}
	if r.Tokens != nil && typeset.Percent(*r.Tokens) != typeset.Percent(r.Value) {
		parts = append(parts, typeset.Percent(*r.Tokens)+" of the tokens")
	}
	if r.FLOPs != nil {
		parts = append(parts, typeset.Percent(*r.FLOPs)+" of the FLOPs")
	}
	if r.Seconds != nil {
		parts = append(parts, typeset.Percent(*r.Seconds)+" of the seconds")
	}
	ends += typeset.List(parts)
	if r.Bound == AtMost {
		ends += ": it ends lower already at the shortest horizon"
	}
	return ends
}

// ratioLimits says what the ratio leaves out or gets wrong.
func (e *explanation) ratioLimits() {
	r := e.c.HorizonRatio
	if r == nil {
		return
	}
	if len(r.Without) > 0 {
		e.own("The share of the steps is without %s.", r.lacking())
		e.remark("%s: its share is without %s.", e.name, r.lacking())
	}
	if len(r.Missing) > 0 {
		var steps []string
		for _, h := range r.Missing {
			steps = append(steps, typeset.Count(float64(h)))
		}
		e.own("No run of %s finished at %s steps, so the share is without that.", e.name, typeset.List(steps))
		e.remark("%s: no run finished at %s steps.", e.name, typeset.List(steps))
	}
	if r.CI95 == nil && len(r.Seeds) >= 3 {
		e.own("The share has no interval: in too many samples of seeds or windows the final losses do not fall with the horizon.")
	}
	if r.Wide {
		e.shared("%s", TooWide)
		e.lastRemark("%s", TooWide)
	}
	if e.c.Outcome == NoDifference && r.CI95 != nil && r.CI95[1] < 1 && !r.Open[1] {
		e.own("The interval of the share is too narrow where a variant is ahead by chance, so the test of the final losses decides.")
	}
}

// lacking is "seed 4, which lacks a run".
func (r *Ratio) lacking() string {
	lack := "lack"
	if len(r.Without) == 1 {
		lack = "lacks"
	}
	return fmt.Sprintf("%s, which %s a run", lowerFirst(seedList(r.Without)), lack)
}

// longest is the baseline's longest horizon.
func (c *Comparison) longest() int { return c.Horizons[len(c.Horizons)-1].Steps }

// seedList is "Seed 4" or "Seeds 4 and 5".
func seedList(seeds []uint64) string {
	var list []string
	for _, seed := range seeds {
		list = append(list, fmt.Sprint(seed))
	}
	if len(list) == 1 {
		return "Seed " + list[0]
	}
	return "Seeds " + typeset.List(list)
}

func lowerFirst(text string) string { return strings.ToLower(text[:1]) + text[1:] }
