package summary

import "slices"

// onceADocument has runs with one value for each document, in the order of their first
// windows, where all windows of a document have the same. Two thousand windows are of some
// 200 documents, and a published study has 200 runs.
func onceADocument(runs []Run, documents []int) {
	firsts := firstWindows(documents)
	for i := range runs {
		r := &runs[i]
		if len(r.WindowLosses) != len(documents) {
			continue
		}
		once := make([]float64, 0, len(firsts)) // an empty list is no null
		for _, at := range firsts {
			once = append(once, r.WindowLosses[at])
		}
		if slices.Equal(eachWindow(once, documents), r.WindowLosses) {
			r.WindowLosses = once
		}
	}
}

// eachWindow has the value of its document for each window, of losses that have one for each
// document. Others are returned as they are.
func eachWindow(losses []float64, documents []int) []float64 {
	firsts := firstWindows(documents)
	if len(losses) != len(firsts) {
		return losses
	}
	of := map[int]float64{}
	for i, at := range firsts {
		of[documents[at]] = losses[i]
	}
	all := make([]float64, len(documents))
	for i, document := range documents {
		all[i] = of[document]
	}
	return all
}

// firstWindows lists the first window of each document.
func firstWindows(documents []int) (firsts []int) {
	seen := map[int]bool{}
	for i, document := range documents {
		if !seen[document] {
			seen[document], firsts = true, append(firsts, i)
		}
	}
	return firsts
}
