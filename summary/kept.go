package summary

import "math"

// mostWindowLosses is how many values of its final windows a run keeps, where windows do not
// keep to documents. It is near the square root of 2,000 windows, the usual number of batch means.
const mostWindowLosses = 50

// keep shortens what a run holds of its final windows and of its curve. Where windows keep to
// documents, each has the mean of its document, of which every error is made. Of more than 50
// others there are the means over 50 stretches of neighbouring ones, which differ in length by one
// at most: neighbours are of one passage and not independent, so that the error of single windows
// was too small, by a third on text and by half and more on sound (lab book, 31). A study of many
// runs is short enough to be published then. Curves and losses by position have six decimals.
func (s *Summary) keep(r *Run) {
	if r.FinalWindows == 0 {
		return
	}
	if n := len(r.WindowLosses); n > 0 && n == len(s.WindowDocuments) {
		r.WindowLosses = documentMeans(r.WindowLosses, s.WindowDocuments)
	} else if n > mostWindowLosses {
		r.WindowLosses = stretchMeans(r.WindowLosses, mostWindowLosses)
	}
	curve, positions := copied(r.Curve), copied(r.PositionLosses)
	for i := range curve {
		curve[i].Loss = rounded(curve[i].Loss, 1e6)
	}
	for i := range positions {
		positions[i] = rounded(positions[i], 1e6)
	}
	r.Curve, r.PositionLosses = curve, positions
}

// windows is the number of windows whose losses a run has, one by one or as means.
func (r *Run) windows() int {
	if len(r.WindowLosses) == 0 {
		return 0
	}
	return max(r.FinalWindows, len(r.WindowLosses))
}

// stretchMeans returns the means over n stretches of losses.
func stretchMeans(losses []float64, n int) []float64 {
	means := make([]float64, n)
	for i := range means {
		stretch := losses[i*len(losses)/n : (i+1)*len(losses)/n]
		for _, loss := range stretch {
			means[i] += loss
		}
		means[i] = rounded(means[i]/float64(len(stretch)), 1e4)
	}
	return means
}

// documentMeans returns for each window the mean of the windows of its document.
func documentMeans(losses []float64, documents []int) []float64 {
	sums, windows := map[int]float64{}, map[int]float64{}
	for i, document := range documents {
		sums[document] += losses[i]
		windows[document]++
	}
	means := make([]float64, len(losses))
	for i, document := range documents {
		means[i] = rounded(sums[document]/windows[document], 1e4)
	}
	return means
}

// rounded rounds to 1/parts.
func rounded(x, parts float64) float64 { return math.Round(x*parts) / parts }
