package kernel

import "math"

// CrossEntropy computes, for every row of logits [rows, n] and its target,
//
//	loss[r]     = log(sum_i exp(logits[r,i])) - logits[r,target[r]]        nats
//	logits[r,i] = exp(logits[r,i]) / sum_j exp(logits[r,j])
//
// The logits are replaced by probabilities.
func CrossEntropy(loss, logits []float32, target []uint16, rows, n int) {
	for r := range rows {
		row := logits[r*n : (r+1)*n]
		wanted := row[target[r]]
		top := maximum(row)
		sum := expSum(row, 1, top)
		loss[r] = float32(math.Log(float64(sum))) + top - wanted
		scale(row, 1/sum)
	}
}

// CrossEntropyGradient replaces the probabilities of CrossEntropy by the gradient of
// factor times the sum of the losses:
//
//	p[r,i] = factor (p[r,i] - [i = target[r]])
func CrossEntropyGradient(p []float32, target []uint16, factor float32, rows, n int) {
	for r := range rows {
		row := p[r*n : (r+1)*n]
		scale(row, factor)
		row[target[r]] -= factor
	}
}
