package kernel

// Add computes y[i] += x[i] for every i of y.
func Add(y, x []float32) {
	x = x[:len(y)]
	if active != nil && len(y) > 0 {
		active.add(&y[0], &x[0], len(y))
		return
	}
	addPortable(y, x)
}

func addPortable(y, x []float32) {
	for i, v := range x {
		y[i] += v
	}
}

// Sum computes y[i] = a[i] + b[i] for every i of y.
func Sum(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	if active != nil && len(y) > 0 {
		active.sum(&y[0], &a[0], &b[0], len(y))
		return
	}
	for i := range y {
		y[i] = a[i] + b[i]
	}
}

// SumOfSquares returns the sum of x[i]^2, in float64.
func SumOfSquares(x []float32) float64 {
	if active != nil && len(x) > 0 {
		return active.squares(&x[0], len(x))
	}
	sum := 0.0
	for _, v := range x {
		sum += float64(float64(v) * float64(v))
	}
	return sum
}
