package kernel

import "math"

// CrossEntropy computes, for every row of logits [rows, n] and its target,
//
//	loss[r] = log(sum_i exp(logits[r,i])) - logits[r,target[r]]        nats
func CrossEntropy(loss, logits []float32, target []uint16, rows, n int) {
	for r := range rows {
		row := logits[r*n : (r+1)*n]
		top, sum := softmaxSum(row)
		loss[r] = float32(math.Log(float64(sum))) + top - row[target[r]]
	}
}

// CrossEntropyGradient replaces the logits by the gradient of scale times the
// sum of the losses:
//
//	logits[r,i] = scale (exp(logits[r,i]) / sum_j exp(logits[r,j]) - [i = target[r]])
func CrossEntropyGradient(logits []float32, target []uint16, scale float32, rows, n int) {
	for r := range rows {
		row := logits[r*n : (r+1)*n]
		top, sum := softmaxSum(row)
		f := scale / sum
		for i, v := range row {
			row[i] = f * Exp(v-top)
		}
		row[target[r]] -= scale
	}
}

// softmaxSum returns the largest value and the sum of exp(row[i] - largest).
func softmaxSum(row []float32) (top, sum float32) {
	top = row[0]
	for _, v := range row {
		top = max(top, v)
	}
	for _, v := range row {
		sum += Exp(v - top)
	}
	return top, sum
}
