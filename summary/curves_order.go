package summary

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// ordered returns the points of a curve, which has some, by ascending step, and says
// what it had to change.
//
// Where the steps of a file fall back to one that was there before, the run was
// resumed: what it had from that step on was lost. TensorBoard purges the same
// points. Any other step that is there twice has the loss of its last line. A curve
// that begins again at its first step, with other losses, is two curves: nothing
// tells which is meant.
func ordered(points []Point) (curve []Point, notes []string, err error) {
	first, distinct := points[0].Step, map[int]bool{}
	for _, p := range points {
		first, distinct[p.Step] = min(first, p.Step), true
	}
	ascending := slices.IsSortedFunc(points, func(a, b Point) int { return cmp.Compare(a.Step, b.Step) })
	if len(distinct) == len(points) {
		if ascending {
			return points, nil, nil
		}
		curve = slices.Clone(points)
		slices.SortFunc(curve, func(a, b Point) int { return cmp.Compare(a.Step, b.Step) })
		return curve, []string{"its lines are sorted by step"}, nil
	}
	if curve, notes := resumed(points, first); curve != nil {
		return curve, notes, nil
	}
	last, differ := map[int]Point{}, map[int]bool{}
	for i, p := range points {
		old, twice := last[p.Step]
		if twice && old.Loss != p.Loss {
			differ[p.Step] = true
		}
		if p.Step == first && i > 0 && twice && i+1 < len(points) && points[i-1].Step > first && points[i+1].Step > first && other(points, i) {
			return nil, nil, fmt.Errorf("step %d begins a second curve with other losses; give each curve a seed or a variant in a column", first)
		}
		last[p.Step] = p
	}
	for _, p := range last {
		curve = append(curve, p)
	}
	slices.SortFunc(curve, func(a, b Point) int { return cmp.Compare(a.Step, b.Step) })
	note := fmt.Sprintf("without %s of a step that has a later one", typeset.Counted(len(points)-len(curve), "line"))
	if len(differ) > 0 {
		note += fmt.Sprintf(", with other losses at %s", typeset.Counted(len(differ), "step"))
	}
	return curve, []string{note}, nil
}

// resumed returns the curve of a run whose steps fall back only to steps that it had
// before, after its first one; nil if they do not.
func resumed(points []Point, first int) (curve []Point, notes []string) {
	seen := map[int]bool{}
	for i, p := range points {
		if i > 0 && p.Step <= points[i-1].Step {
			if p.Step == first || !seen[p.Step] {
				return nil, nil
			}
			kept := slices.IndexFunc(curve, func(q Point) bool { return q.Step >= p.Step })
			if kept < 0 {
				return nil, nil
			}
			notes = append(notes, fmt.Sprintf("resumed at step %d, without %s before it from that step on", p.Step, typeset.Counted(len(curve)-kept, "evaluation")))
			curve = curve[:kept:kept]
		}
		seen[p.Step] = true
		curve = append(curve, p)
	}
	return curve, notes
}

// other tells whether the losses from point i on are others than those before it.
func other(points []Point, i int) bool {
	before := map[int]float64{}
	for _, p := range points[:i] {
		before[p.Step] = p.Loss
	}
	return slices.ContainsFunc(points[i:], func(p Point) bool {
		loss, ok := before[p.Step]
		return ok && loss != p.Loss
	})
}

// earliestClock is the least number of seconds that is a time of day and not the
// duration of a training run: 1973, counted from 1970.
const earliestClock = 1e8

// clock turns times of day into seconds of training, if the curve began at step 0
// and went on without a break; else it leaves them out.
func clock(curve []Point, resumed bool) (note string) {
	start := curve[0].Seconds
	if start < earliestClock {
		return ""
	}
	rising := slices.IsSortedFunc(curve, func(a, b Point) int { return cmp.Compare(a.Seconds, b.Seconds) })
	why := ""
	switch {
	case resumed:
		why = "a run that was resumed has a gap"
	case curve[0].Step != 0:
		why = fmt.Sprintf("the time before step %d is not known", curve[0].Step)
	case !rising:
		why = "it does not rise with the steps"
	}
	for i := range curve {
		if curve[i].Seconds -= start; why != "" {
			curve[i].Seconds = 0
		}
	}
	if why != "" {
		return "seconds: left out, because " + why
	}
	return "seconds: clock time since step 0, with all pauses; they compare only if it trained on the same free machine"
}
