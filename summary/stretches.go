package summary

import "math"

// mostWindowLosses is how many values [Run.WindowLosses] has at most, where windows do
// not keep to documents.
const mostWindowLosses = 500

// KeptLosses returns the final losses of windows as a [Run] keeps them, rounded to 0.0001
// nats. Of more than 500 windows that do not keep to documents they are the means over 500
// stretches of neighbouring ones, which differ in length by one at most, so that a study of many
// runs can be published: an interval needs the spread of a few hundred values and no more.
func KeptLosses[F float32 | float64](losses []F, documents bool) []float64 {
	n := len(losses)
	if !documents {
		n = min(n, mostWindowLosses)
	}
	kept := make([]float64, n)
	for i := range kept {
		stretch := losses[i*len(losses)/n : (i+1)*len(losses)/n]
		sum := 0.0
		for _, loss := range stretch {
			sum += float64(loss)
		}
		kept[i] = rounded(sum/float64(len(stretch)), 1e4)
	}
	return kept
}

// rounded rounds to 1/parts.
func rounded(x, parts float64) float64 { return math.Round(x*parts) / parts }

// Shorten makes a curve shorter as text: losses rounded to 0.000001 nats.
func Shorten(curve []Point) {
	for i := range curve {
		curve[i].Loss = rounded(curve[i].Loss, 1e6)
	}
}

// keepLess shortens the window losses of a document that was written when there were more, so
// that they pair with those of new runs.
func (s *Summary) keepLess() {
	if len(s.WindowDocuments) > 0 {
		return
	}
	for _, runs := range [][]Run{s.Runs, s.Shorter} {
		for i := range runs {
			if r := &runs[i]; r.FinalWindows > 0 && len(r.WindowLosses) > mostWindowLosses {
				r.WindowLosses = KeptLosses(r.WindowLosses, false)
			}
		}
	}
}
